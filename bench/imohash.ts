/**
 * Hashes 5,000 files of 1 MiB by three samples each: one compound for each file, against our own client
 * doing open, three reads, close one after another.
 */
import { startSamba } from '../test/servers/samba.ts';
import { runAsProgram } from './support/benchmark.ts';
import type { BenchmarkOptions } from './support/benchmark.ts';
import { runClient } from './support/client.ts';
import { benchData } from './support/data.ts';
import type { Figure } from './support/figures.ts';
import { compare, runRounds } from './support/rounds.ts';
import type { Run } from './support/rounds.ts';

export async function imohash(options: BenchmarkOptions): Promise<Figure[]> {
  const server = await startSamba({ sharePath: benchData('images') });
  try {
    const ours = async (name: 'hash-in-turn' | 'hash', connections: number): Promise<Run> => {
      const job = { name, connections, protection: 'signed' } as const;
      const run = await runClient(server, { job });
      return { rate: run.rate, load: run.load() };
    };
    const contestants = {
      'in turn': () => ours('hash-in-turn', 1),
      one: () => ours('hash', 1),
      two: () => ours('hash', 2),
    };
    const runs = await runRounds(server, contestants, options, 'files');
    const peer = 'our client, open, 3 reads, close in turn';
    const common = { peer, theirs: runs['in turn'], unit: 'files' };
    const figure = 'imohash of 5,000 files';
    const one = { figure: `${figure}, 1 connection`, ours: runs.one, connections: 1 };
    const two = { figure: `${figure}, 2 connections`, ours: runs.two, connections: 2 };
    return [
      compare({ ...common, ...one, mustReach: 2.5 }),
      compare({ ...common, ...two, mustReach: 4 }),
    ];
  } finally {
    await server.stop();
  }
}

if (import.meta.main) await runAsProgram(imohash);

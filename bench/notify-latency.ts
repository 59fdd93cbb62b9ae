/**
 * From the arrival of a notification at the socket to our event out of the iterator, while the
 * connection has 1, 500 and 5,000 watches; and for information from the change itself.
 */
import { closeSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startSamba } from '../test/servers/samba.ts';
import type { SambaServer } from '../test/servers/samba.ts';
import { runAsProgram } from './support/benchmark.ts';
import type { BenchmarkOptions } from './support/benchmark.ts';
import { runClient } from './support/client.ts';
import type { ClientRun } from './support/client.ts';
import { limitOf } from './support/cpu.ts';
import { benchData, watchedPath } from './support/data.ts';
import type { Figure } from './support/figures.ts';
import { runUndisturbed } from './support/quiet.ts';
import { medianLoad } from './support/rounds.ts';
import { median } from './support/statistics.ts';
import { formatNumber } from './support/table.ts';

const WATCHES = [1, 500, 5_000] as const;
const CHANGES = 1_000;
const PAUSE_MS = 3;
const MOST_P50_MS = 0.2;
const MOST_P99_MS = 3;

export async function notifyLatency({
  rounds,
  patienceSeconds,
}: BenchmarkOptions): Promise<Figure[]> {
  const folder = benchData('watched');
  const server = await startSamba({ sharePath: folder });
  try {
    const runs = new Map<number, ClientRun[]>();
    for (let round = 1; round <= rounds; round += 1) {
      for (const count of WATCHES) {
        const run = await runUndisturbed(
          server,
          patienceSeconds,
          () => measure(server, folder, count),
          (each) => each.load(),
        );
        const { p50, p99, changeP50, changeP99 } = run.results as Record<string, number>;
        const arrival = `arrival to event p50 ${formatNumber(p50!)} p99 ${formatNumber(p99!)} ms`;
        const change = `change to event p50 ${formatNumber(changeP50!)} p99 ${formatNumber(changeP99!)} ms`;
        console.log(`  ${round}. ${count} watches: ${arrival}, ${change}`);
        runs.set(count, [...(runs.get(count) ?? []), run]);
      }
    }
    return WATCHES.map((count) => figureOf(count, runs.get(count)!));
  } finally {
    await server.stop();
  }
}

async function measure(server: SambaServer, folder: string, count: number): Promise<ClientRun> {
  const made: string[] = [];
  const meanwhile = async (): Promise<void> => {
    for (let i = 0; i < CHANGES; i += 1) {
      const name = Math.round((performance.timeOrigin + performance.now()) * 1000);
      const path = join(folder, watchedPath(i % count), String(name));
      closeSync(openSync(path, 'wx'));
      made.push(path);
      await delay(PAUSE_MS);
    }
    await delay(200);
  };
  const job = { name: 'latency', connections: 1, protection: 'signed', count } as const;
  try {
    const run = await runClient(server, { job, meanwhile });
    const { changes } = run.results;
    if (changes !== CHANGES) throw new Error(`${changes} of ${CHANGES} changes were told`);
    return run;
  } finally {
    for (const path of made) rmSync(path);
  }
}

function figureOf(count: number, runs: readonly ClientRun[]): Figure {
  const of = (name: string): number => median(runs.map(({ results }) => results[name] ?? NaN));
  const load = medianLoad(runs.map((run) => ({ rate: NaN, load: run.load() })));
  const ms = (p50: number, p99: number): string => `${formatNumber(p50)} / ${formatNumber(p99)} ms`;
  const idle = count === 1 ? 'idle' : `${count.toLocaleString('en-US')} watches`;
  return {
    figure: `change to event, ${idle}, p50 / p99`,
    peer: 'arrival at the socket',
    ours: ms(of('changeP50'), of('changeP99')),
    theirs: ms(of('changeP50') - of('p50'), NaN),
    ratio: `+${ms(of('p50'), of('p99'))}`,
    mustReach: `≤ +${MOST_P50_MS} / +${MOST_P99_MS} ms`,
    reached: of('p50') <= MOST_P50_MS && of('p99') <= MOST_P99_MS,
    load,
    limit: limitOf(load, 1),
  };
}

if (import.meta.main) await runAsProgram(notifyLatency);

/** 500 directories watched by the runtime, and with a connection, session and share for each. */
import { startSamba } from '../test/servers/samba.ts';
import type { SambaServer } from '../test/servers/samba.ts';
import { runAsProgram } from './support/benchmark.ts';
import type { BenchmarkOptions } from './support/benchmark.ts';
import { limitOf } from './support/cpu.ts';
import type { Load } from './support/cpu.ts';
import { benchData, watchedPath } from './support/data.ts';
import type { Figure } from './support/figures.ts';
import { measured } from './support/measured.ts';
import { runUndisturbed } from './support/quiet.ts';
import { medianLoad } from './support/rounds.ts';
import { logonOf, startRuntime } from './support/runtime-worker.ts';
import { connectionsTo, smbdBytes } from './support/smbd-memory.ts';
import { median } from './support/statistics.ts';
import { formatNumber } from './support/table.ts';
import { startWorker } from './support/worker.ts';

const DIRECTORIES = 500;
const PATHS = Array.from({ length: DIRECTORIES }, (_, i) => watchedPath(i));
const LEAST = { sockets: 50, memory: 10, time: 3 } as const;
const MIB = 1024 * 1024;

interface Watching {
  readonly sockets: number;
  readonly smbdMib: number;
  readonly seconds: number;
  readonly load: Load;
}

export async function isolatedConnections({
  rounds,
  patienceSeconds,
}: BenchmarkOptions): Promise<Figure[]> {
  const folder = benchData('watched');
  const runs = { ours: [] as Watching[], theirs: [] as Watching[] };
  for (let round = 1; round <= rounds; round += 1) {
    for (const who of ['theirs', 'ours'] as const) {
      // A new one each time: what a server once had it does not give back.
      const server = await startSamba({ sharePath: folder });
      try {
        const run = await runUndisturbed(
          server,
          patienceSeconds,
          () => (who === 'ours' ? runOurs(server) : runTheirs(server)),
          ({ load }) => load,
        );
        runs[who].push(run);
        console.log(`  ${round}. ${who === 'ours' ? 'runtime' : 'isolated'}: ${describe(run)}`);
      } finally {
        await server.stop();
      }
    }
  }
  return figuresOf(runs.ours, runs.theirs);
}

function describe({ seconds, smbdMib, sockets }: Watching): string {
  const memory = `smbd ${formatNumber(smbdMib)} MiB`;
  return `${sockets} connections, ${memory}, all live after ${formatNumber(seconds)} s`;
}

async function runOurs(server: SambaServer): Promise<Watching> {
  const runtime = await startRuntime(server);
  try {
    const work = (): Promise<number> =>
      runtime.worker.call('watch', { paths: PATHS, detail: 'changes' });
    return watching(server, await measured(server, runtime.worker, work));
  } finally {
    await runtime.stop();
  }
}

async function runTheirs(server: SambaServer): Promise<Watching> {
  const worker = startWorker('isolated');
  try {
    const work = (): Promise<number> => worker.call('start', { ...logonOf(server), paths: PATHS });
    const run = watching(server, await measured(server, worker, work));
    await worker.call('close');
    return run;
  } finally {
    await worker.stop();
  }
}

function watching(
  server: SambaServer,
  { load, result }: { readonly load: Load; readonly result: number },
): Watching {
  const smbdMib = smbdBytes(server) / MIB;
  return { sockets: connectionsTo(server), smbdMib, seconds: result, load };
}

function figuresOf(ours: readonly Watching[], theirs: readonly Watching[]): Figure[] {
  const load = medianLoad(ours.map((run) => ({ rate: NaN, load: run.load })));
  const figure = (
    what: string,
    unit: string,
    least: number,
    pick: (run: Watching) => number,
  ): Figure => {
    const own = median(ours.map(pick));
    const their = median(theirs.map(pick));
    return {
      figure: `${DIRECTORIES} directories: ${what}`,
      peer: 'a connection for each',
      ours: `${formatNumber(own)} ${unit}`.trim(),
      theirs: `${formatNumber(their)} ${unit}`.trim(),
      ratio: `${formatNumber(their / own)} × less`,
      mustReach: `≥ ${least} × less`,
      reached: their / own >= least,
      load,
      limit: limitOf(load, 1),
    };
  };
  return [
    figure('connections', '', LEAST.sockets, (run) => run.sockets),
    figure('memory of smbd', 'MiB', LEAST.memory, (run) => run.smbdMib),
    figure('time until all are live', 's', LEAST.time, (run) => run.seconds),
  ];
}

if (import.meta.main) await runAsProgram(isolatedConnections);

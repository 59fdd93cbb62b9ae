/** smbd is killed and started again: how long until every watched directory is live and resynced. */
import { setTimeout as delay } from 'node:timers/promises';
import { startSamba } from '../test/servers/samba.ts';
import type { SambaServer } from '../test/servers/samba.ts';
import { groupEnded, signalGroup } from '../test/servers/process-group.ts';
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
import { median } from './support/statistics.ts';
import { formatNumber } from './support/table.ts';
import { startWorker } from './support/worker.ts';

const OURS = 5_000;
const THEIRS = 500;
const MOST_SECONDS = 15;
const DOWN_MS = 3_000;
const ENDED_MS = 5_000;

interface Recovery {
  /** From the first connection that the new server accepted. */
  readonly seconds: number;
  readonly load: Load;
}

export async function recovery({ rounds, patienceSeconds }: BenchmarkOptions): Promise<Figure[]> {
  const server = await startSamba({ sharePath: benchData('watched') });
  try {
    const ours: Recovery[] = [];
    const theirs: Recovery[] = [];
    const undisturbed = (run: () => Promise<Recovery>): Promise<Recovery> =>
      runUndisturbed(server, patienceSeconds, run, ({ load }) => load);
    for (let round = 1; round <= rounds; round += 1) {
      const their = await undisturbed(() => runTheirs(server));
      const own = await undisturbed(() => runOurs(server));
      theirs.push(their);
      ours.push(own);
      console.log(
        `  ${round}. runtime, ${OURS} directories: ${formatNumber(own.seconds)} s; ` +
          `isolated, ${THEIRS}: ${formatNumber(their.seconds)} s`,
      );
    }
    return [figureOf(ours, theirs)];
  } finally {
    await server.stop();
  }
}

/** Resolves when the new server accepts connections. */
async function killAndRestart(server: SambaServer): Promise<void> {
  const { pid } = server;
  signalGroup(pid, 'SIGKILL');
  await groupEnded(pid, ENDED_MS);
  await delay(DOWN_MS);
  await server.restart();
}

async function runOurs(server: SambaServer): Promise<Recovery> {
  const runtime = await startRuntime(server);
  const { worker } = runtime;
  try {
    await worker.call('watch', { paths: paths(OURS), detail: 'changes' });
    await worker.call('forgetResyncs');
    const back = worker.call('back');
    await killAndRestart(server);
    return await timed(server, worker, () => back);
  } finally {
    await runtime.stop();
  }
}

async function runTheirs(server: SambaServer): Promise<Recovery> {
  const worker = startWorker('isolated');
  try {
    await worker.call('start', { ...logonOf(server), paths: paths(THEIRS) });
    const back = worker.call('back');
    await killAndRestart(server);
    const run = await timed(server, worker, () => back);
    await worker.call('close');
    return run;
  } finally {
    await worker.stop();
  }
}

async function timed(
  server: SambaServer,
  worker: { cpuSeconds(): Promise<number> },
  back: () => Promise<void>,
): Promise<Recovery> {
  const { load } = await measured(server, worker, back);
  return { seconds: load.seconds, load };
}

function paths(count: number): string[] {
  return Array.from({ length: count }, (_, i) => watchedPath(i));
}

function figureOf(ours: readonly Recovery[], theirs: readonly Recovery[]): Figure {
  const load = medianLoad(ours.map((run) => ({ rate: NaN, load: run.load })));
  const own = median(ours.map(({ seconds }) => seconds));
  const their = median(theirs.map(({ seconds }) => seconds));
  const each = own / OURS;
  const theirEach = their / THEIRS;
  return {
    figure: `server restarted, ${OURS.toLocaleString('en-US')} directories live and resynced`,
    peer: `a connection for each of ${THEIRS}`,
    ours: `${formatNumber(own)} s`,
    theirs: `${formatNumber(their)} s`,
    ratio: `${formatNumber(theirEach / each)} × less each`,
    mustReach: `≤ ${MOST_SECONDS} s`,
    reached: own <= MOST_SECONDS,
    load,
    limit: limitOf(load, 1),
  };
}

if (import.meta.main) await runAsProgram(recovery);

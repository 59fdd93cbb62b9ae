/** 10,000 idle directories of 20 entries: memory of each, of one more reader, CPU of verifying them. */
import { setTimeout as delay } from 'node:timers/promises';
import { startSamba } from '../test/servers/samba.ts';
import type { SambaServer } from '../test/servers/samba.ts';
import { runAsProgram } from './support/benchmark.ts';
import type { BenchmarkOptions } from './support/benchmark.ts';
import type { Load } from './support/cpu.ts';
import { POPULATED, benchData, populatedPath } from './support/data.ts';
import type { Figure } from './support/figures.ts';
import { measured } from './support/measured.ts';
import { runUndisturbed } from './support/quiet.ts';
import { medianLoad } from './support/rounds.ts';
import { startRuntime } from './support/runtime-worker.ts';
import { median } from './support/statistics.ts';
import { formatNumber } from './support/table.ts';
import type { Worker } from './support/worker.ts';
import type { RuntimeCalls } from './workers/runtime.ts';

const PATHS = Array.from({ length: POPULATED.directories }, (_, i) => populatedPath(i));
/** Watched before the memory is looked at for the first time: code and connections do not count. */
const WARM_UP = 500;
/** Long enough for what was needed to begin to be gone. */
const SETTLE_MS = 11_000;
/** Short, so that every directory is verified within a run, but not before its memory was looked at. */
const VERIFY_INTERVAL_MS = 50_000;
const REAL_INTERVAL_SECONDS = 600;
const LOOK_MS = 100;
const MOST_BYTES = 12 * 1024;
const MOST_MORE_BYTES = 1_024;
const MOST_SHARE = 0.02;

interface Memory {
  readonly bytesEach: number;
  readonly moreEach: number;
  /** CPU seconds of our process for one verification of every directory. */
  readonly verifySeconds: number;
  readonly load: Load;
}

export async function subscriptionMemory({
  rounds,
  patienceSeconds,
}: BenchmarkOptions): Promise<Figure[]> {
  const server = await startSamba({ sharePath: benchData('populated') });
  try {
    const runs: Memory[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const run = await runUndisturbed(
        server,
        patienceSeconds,
        () => measure(server),
        ({ load }) => load,
      );
      runs.push(run);
      console.log(
        `  ${round}. ${formatNumber(run.bytesEach)} bytes each, one more reader ` +
          `${formatNumber(run.moreEach)} bytes, a verification of all ${formatNumber(run.verifySeconds)} s of CPU`,
      );
    }
    return figuresOf(runs);
  } finally {
    await server.stop();
  }
}

async function measure(server: SambaServer): Promise<Memory> {
  const limits = { verifyIntervalMs: VERIFY_INTERVAL_MS };
  const runtime = await startRuntime(server, { limits });
  const { worker } = runtime;
  try {
    const detail = 'changes';
    await worker.call('watch', { paths: PATHS.slice(0, WARM_UP), detail });
    const before = await worker.call('bytes');
    await worker.call('watch', { paths: PATHS.slice(WARM_UP), detail });
    await delay(SETTLE_MS);
    const watched = await worker.call('bytes');
    await worker.call('watch', { paths: PATHS, detail });
    const twice = await worker.call('bytes');
    const { cpuSeconds, load } = await measured(server, worker, () => verified(worker));
    return {
      bytesEach: (watched - before) / (PATHS.length - WARM_UP),
      moreEach: (twice - watched) / PATHS.length,
      verifySeconds: cpuSeconds,
      load,
    };
  } finally {
    await runtime.stop();
  }
}

/** Resolves when as many verifications were done as there are directories. */
async function verified(worker: Worker<RuntimeCalls>): Promise<void> {
  const before = await worker.call('counters');
  for (;;) {
    await delay(LOOK_MS);
    const { divergences, verifications } = await worker.call('counters');
    if (divergences > before.divergences) throw new Error('a verification found a difference');
    if (verifications - before.verifications >= PATHS.length) return;
  }
}

function figuresOf(runs: readonly Memory[]): Figure[] {
  const of = (pick: (run: Memory) => number): number => median(runs.map(pick));
  const load = medianLoad(runs.map((run) => ({ rate: NaN, load: run.load })));
  const each = of(({ bytesEach }) => bytesEach);
  const more = of(({ moreEach }) => moreEach);
  const verify = of(({ verifySeconds }) => verifySeconds);
  const share = verify / REAL_INTERVAL_SECONDS;
  const directories = `${POPULATED.directories.toLocaleString('en-US')} directories`;
  const common = { peer: '-', theirs: '-', load, limit: '-' };
  return [
    {
      ...common,
      figure: `${directories} of ${POPULATED.entries} entries: memory each`,
      ours: 'heap and buffers',
      ratio: `${formatNumber(each)} B`,
      mustReach: `≤ ${MOST_BYTES} B`,
      reached: each <= MOST_BYTES,
    },
    {
      ...common,
      figure: `${directories}: one more reader of each`,
      ours: 'heap and buffers',
      ratio: `${formatNumber(more)} B`,
      mustReach: `≤ ${MOST_MORE_BYTES} B`,
      reached: more <= MOST_MORE_BYTES,
    },
    {
      ...common,
      figure: `${directories}: verified every ${REAL_INTERVAL_SECONDS / 60} minutes`,
      ours: `${formatNumber(verify)} s of CPU`,
      ratio: `${(share * 100).toFixed(2)} %`,
      mustReach: `≤ ${MOST_SHARE * 100} % of a core`,
      reached: share <= MOST_SHARE,
    },
  ];
}

if (import.meta.main) await runAsProgram(subscriptionMemory);

/**
 * From a change on the server's disk to its frame at a WebSocket client: idle, with a thousand changes a
 * second and a hundred subscribers, and with 5,000 watched directories. Beside it the arrival of the
 * notification at the SMB client, which shows what the rest adds.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
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
import { startRuntime } from './support/runtime-worker.ts';
import { makeFiles } from './support/timed-files.ts';
import { median, percentile } from './support/statistics.ts';
import { formatNumber } from './support/table.ts';
import { startWorker } from './support/worker.ts';

const TOKEN = 'bench-token-of-one-run';
const WARM_UP_MS = 1_000;

/** What changes, and who listens. */
interface Setting {
  readonly name: string;
  readonly sockets: number;
  readonly directories: number;
  /** Files made at once, and how often. */
  readonly files: number;
  readonly everyMs: number;
  readonly seconds: number;
  /** Files that are left before the oldest is removed, which is a change as well. */
  readonly keep: number;
  readonly detail: 'changes' | 'refresh';
  readonly mostP50: number;
  readonly mostP99: number;
}

const IDLE = {
  ...{ sockets: 1, directories: 1, files: 1, everyMs: 60, seconds: 12, keep: Infinity },
  ...{ mostP50: 5, mostP99: 25 },
} as const;

const SETTINGS: readonly Setting[] = [
  { ...IDLE, name: 'idle', detail: 'changes' },
  { ...IDLE, name: 'idle, without detail', detail: 'refresh' },
  {
    // Two changes each: a file is made, and the one of a moment ago is removed.
    ...{ name: '1,000 changes/s, 100 subscribers', sockets: 100, directories: 1 },
    ...{ files: 5, everyMs: 10, seconds: 10, keep: 200, detail: 'changes' },
    ...{ mostP50: Infinity, mostP99: 100 },
  },
  {
    // A socket may have a thousand subscriptions.
    ...{ name: '5,000 directories', sockets: 5, directories: 5_000 },
    ...{ files: 1, everyMs: 15, seconds: 12, keep: Infinity, detail: 'changes' },
    ...{ mostP50: 5, mostP99: 25 },
  },
];

/** In milliseconds. */
interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly arrivalP50: number;
  readonly arrivalP99: number;
  readonly load: Load;
}

export async function websocketLatency({
  rounds,
  patienceSeconds,
}: BenchmarkOptions): Promise<Figure[]> {
  const folder = benchData('watched');
  const server = await startSamba({ sharePath: folder });
  try {
    const runs = new Map<Setting, Latency[]>(SETTINGS.map((setting) => [setting, []]));
    for (let round = 1; round <= rounds; round += 1) {
      for (const [setting, done] of runs) {
        const run = await runUndisturbed(
          server,
          patienceSeconds,
          () => measure(server, folder, setting),
          ({ load }) => load,
        );
        done.push(run);
        const { arrivalP50, arrivalP99, p50, p99 } = run;
        const arrival = `arrival p50 ${formatNumber(arrivalP50)} p99 ${formatNumber(arrivalP99)} ms`;
        const frame = `frame p50 ${formatNumber(p50)} p99 ${formatNumber(p99)} ms`;
        console.log(`  ${round}. ${setting.name}: ${arrival}, ${frame}`);
      }
    }
    return [...runs].map(([setting, done]) => figureOf(setting, done));
  } finally {
    await server.stop();
  }
}

async function measure(server: SambaServer, folder: string, setting: Setting): Promise<Latency> {
  const { detail, directories, sockets } = setting;
  const paths = Array.from({ length: directories }, (_, i) => watchedPath(i));
  const folders = paths.map((path) => join(folder, path));
  const left: string[] = [];
  const runtime = await startRuntime(server, { token: TOKEN });
  const clients = startWorker('latency-sockets');
  try {
    await clients.call('open', { url: runtime.url, token: TOKEN, count: sockets });
    const subscription = { connection: runtime.id, paths, detail, shared: directories === 1 };
    await clients.call('subscribe', subscription);
    await makeFiles({ ...setting, folders, left, forMs: WARM_UP_MS });
    await clients.call('begin');
    await runtime.worker.call('noteArrivals');
    const { load, result: made } = await measured(server, runtime.worker, () =>
      makeFiles({ ...setting, folders, left, forMs: setting.seconds * 1_000 }),
    );
    const told = await clients.call('latencies');
    const arrivals = agesAt(made, await runtime.worker.call('arrivals'));
    const expected = made.length * (directories === 1 ? sockets : 1);
    if (told.resyncs > 0) throw new Error(`${told.resyncs} frames told of a loss`);
    if (detail === 'changes' && told.changes !== expected) {
      throw new Error(`${told.changes} of ${expected} changes were told`);
    }
    const bare = agesAt(made, told.bare);
    return {
      p50: detail === 'changes' ? told.p50 : percentile(bare, 0.5),
      p99: detail === 'changes' ? told.p99 : percentile(bare, 0.99),
      arrivalP50: percentile(arrivals, 0.5),
      arrivalP99: percentile(arrivals, 0.99),
      load,
    };
  } finally {
    await clients.stop();
    await runtime.stop();
    for (const path of left) rmSync(path, { force: true });
  }
}

/**
 * How long after each file was made the next of the moments came; all in microseconds, in order. Where
 * several are under way at once that is too little for some of them, never too much.
 */
function agesAt(made: readonly number[], moments: readonly number[]): number[] {
  let next = 0;
  return made.flatMap((at) => {
    while (next < moments.length && moments[next]! < at) next += 1;
    return next < moments.length ? [(moments[next]! - at) / 1_000] : [];
  });
}

function figureOf(setting: Setting, runs: readonly Latency[]): Figure {
  const { mostP50, mostP99, name } = setting;
  const of = (pick: (run: Latency) => number): number => median(runs.map(pick));
  const load = medianLoad(runs.map((run) => ({ rate: NaN, load: run.load })));
  const ms = (p50: number, p99: number): string => `${formatNumber(p50)} / ${formatNumber(p99)} ms`;
  const p50 = of((run) => run.p50);
  const p99 = of((run) => run.p99);
  const arrivalP50 = of((run) => run.arrivalP50);
  const arrivalP99 = of((run) => run.arrivalP99);
  const most = `≤ ${mostP99} ms`;
  return {
    figure: `change to frame, ${name}, p50 / p99`,
    peer: 'arrival at the SMB client',
    ours: ms(p50, p99),
    theirs: ms(arrivalP50, arrivalP99),
    ratio: `+${ms(p50 - arrivalP50, p99 - arrivalP99)}`,
    mustReach: mostP50 === Infinity ? `p99 ${most}` : `≤ ${mostP50} / ${most}`,
    reached: p50 <= mostP50 && p99 <= mostP99,
    load,
    limit: limitOf(load, 1),
  };
}

if (import.meta.main) await runAsProgram(websocketLatency);

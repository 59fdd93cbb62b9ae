/** A burst of changes of one directory to a thousand sockets, beside a plain loop over the same sockets. */
import { closeSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startSamba } from '../test/servers/samba.ts';
import type { SambaServer } from '../test/servers/samba.ts';
import { runAsProgram } from './support/benchmark.ts';
import type { BenchmarkOptions } from './support/benchmark.ts';
import { limitOf } from './support/cpu.ts';
import { benchData, watchedPath } from './support/data.ts';
import { formatRatio } from './support/figures.ts';
import type { Figure } from './support/figures.ts';
import { measured } from './support/measured.ts';
import { nowMicros } from './support/moment.ts';
import { runUndisturbed } from './support/quiet.ts';
import { medianLoad } from './support/rounds.ts';
import type { Run } from './support/rounds.ts';
import { startRuntime } from './support/runtime-worker.ts';
import { median } from './support/statistics.ts';
import { formatNumber, formatShare } from './support/table.ts';
import { startWorker } from './support/worker.ts';
import type { Worker } from './support/worker.ts';
import type { CountingSocketCalls, Deliveries } from './workers/counting-sockets.ts';

const TOKEN = 'bench-token-of-one-run';
const SOCKETS = 1_000;
/** Processes that share the sockets. */
const CLIENTS = 2;
const CHANGES = 4_000;
/** Made at once, and how often: 5,000 a second. All at once would be more than smbd keeps for a watch. */
const AT_ONCE = 50;
const PAUSE_MS = 10;
/** The plain loop would need a minute for as many; its rate does not depend on it. */
const NAIVE_CHANGES = 60;
const WARM_UP_CHANGES = 200;
const LEAST_RATIO = 15;
const PATH = watchedPath(0);

/** `rate`: changes × sockets a second. */
interface FanOut extends Run {
  readonly frames: number;
  readonly framesPerSecond: number;
  readonly bytes: number;
}

interface Both {
  readonly ours: FanOut;
  readonly naive: FanOut;
}

type Clients = readonly Worker<CountingSocketCalls>[];

export async function fanOut({ rounds, patienceSeconds }: BenchmarkOptions): Promise<Figure[]> {
  const folder = benchData('watched');
  const server = await startSamba({ sharePath: folder });
  try {
    const runs: Both[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const run = await runUndisturbed(
        server,
        patienceSeconds,
        () => measure(server, join(folder, PATH)),
        ({ ours }) => ours.load,
      );
      runs.push(run);
      console.log(`  ${round}. runtime: ${describe(run.ours)}`);
      console.log(`  ${round}. plain loop: ${describe(run.naive)}`);
    }
    return [figureOf(runs)];
  } finally {
    await server.stop();
  }
}

function describe({ bytes, frames, framesPerSecond, load, rate }: FanOut): string {
  return [
    `${formatNumber(rate)} deliveries/s in ${formatNumber(load.seconds)} s`,
    `${formatNumber(frames)} frames (${formatNumber(framesPerSecond)}/s)`,
    `${formatNumber(bytes / 1e6)} MB`,
    `server ${formatShare(load.client)}`,
  ].join(', ');
}

async function measure(server: SambaServer, folder: string): Promise<Both> {
  const runtime = await startRuntime(server, { token: TOKEN });
  const { worker } = runtime;
  const clients = Array.from({ length: CLIENTS }, () => startWorker('counting-sockets'));
  const made: string[] = [];
  try {
    const open = { url: runtime.url, token: TOKEN, count: SOCKETS / CLIENTS };
    await Promise.all(clients.map((client) => client.call('open', open)));
    await worker.call('noteSockets');
    const place = { connection: runtime.id, path: PATH };
    await Promise.all(clients.map((client) => client.call('subscribe', place)));
    const burst = async (changes: number): Promise<number> => {
      const begin = nowMicros();
      for (let i = 0; i < changes; i += 1) {
        if (i % AT_ONCE === 0)
          await delay(Math.max(0, begin / 1_000 + (i / AT_ONCE) * PAUSE_MS - nowMicros() / 1_000));
        const path = join(folder, `burst-${begin}-${made.length}`);
        closeSync(openSync(path, 'wx'));
        made.push(path);
      }
      return begin;
    };
    const plainLoop = (changes: number): Promise<number> =>
      worker.call('sendNaively', { changes, ...place });
    const run = (changes: number, send: (changes: number) => Promise<number>): Promise<FanOut> =>
      deliver(server, worker, clients, changes, send);
    await run(WARM_UP_CHANGES, burst);
    const ours = await run(CHANGES, burst);
    await run(NAIVE_CHANGES, plainLoop);
    const naive = await run(NAIVE_CHANGES, plainLoop);
    return { ours, naive };
  } finally {
    await Promise.all(clients.map((client) => client.stop()));
    await runtime.stop();
    for (const path of made) rmSync(path);
  }
}

/** From the first change until the last socket was told of the last. */
async function deliver(
  server: SambaServer,
  worker: { cpuSeconds(): Promise<number> },
  clients: Clients,
  changes: number,
  send: (changes: number) => Promise<number>,
): Promise<FanOut> {
  await Promise.all(clients.map((client) => client.call('expect', changes)));
  const { load, result } = await measured(server, worker, async () => {
    const begin = await send(changes);
    const told: Deliveries[] = await Promise.all(clients.map((client) => client.call('all')));
    return { begin, told };
  });
  const { begin, told } = result;
  const seconds = (Math.max(...told.map(({ lastAt }) => lastAt)) - begin) / 1e6;
  const frames = told.reduce((sum, each) => sum + each.frames, 0);
  const bytes = told.reduce((sum, each) => sum + each.bytes, 0);
  const rate = (changes * SOCKETS) / seconds;
  return { rate, load, frames, framesPerSecond: frames / seconds, bytes };
}

function figureOf(runs: readonly Both[]): Figure {
  const of = (pick: (run: Both) => number): number => median(runs.map(pick));
  const rate = of(({ ours }) => ours.rate);
  const naive = of((run) => run.naive.rate);
  const load = medianLoad(runs.map(({ ours }) => ours));
  const frames = of(({ ours }) => ours.framesPerSecond);
  return {
    figure: `a burst of ${CHANGES.toLocaleString('en-US')} changes to ${SOCKETS.toLocaleString('en-US')} sockets`,
    peer: 'for … ws.send(JSON.stringify())',
    ours: `${formatNumber(rate)} deliveries/s in ${formatNumber(frames)} frames/s`,
    theirs: `${formatNumber(naive)} deliveries/s`,
    ratio: formatRatio(
      rate / naive,
      runs.map((run) => run.ours.rate / run.naive.rate),
    ),
    mustReach: `≥ ${LEAST_RATIO}`,
    reached: rate / naive >= LEAST_RATIO,
    load,
    limit: limitOf(load, 1),
  };
}

if (import.meta.main) await runAsProgram(fanOut);

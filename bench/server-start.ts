/**
 * How soon a server that keeps things answers, and the memory that it takes when nobody asks: run from
 * compiled JavaScript, with an empty folder, with one that is there, and with a PostgreSQL server.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { build } from '../scripts/pack/build.ts';
import { ROOT } from '../scripts/root.ts';
import { reservePort } from '../test/servers/free-port.ts';
import { startPostgres } from '../test/servers/postgres.ts';
import { runAsProgram } from './support/benchmark.ts';
import type { BenchmarkOptions } from './support/benchmark.ts';
import type { Load } from './support/cpu.ts';
import type { Figure } from './support/figures.ts';
import { NO_SERVER, measured } from './support/measured.ts';
import { runUndisturbed } from './support/quiet.ts';
import { medianLoad } from './support/rounds.ts';
import { median } from './support/statistics.ts';
import { formatNumber } from './support/table.ts';

const IDLE_MS = 5_000;
const GIVE_UP_MS = 60_000;
const LOOK_MS = 5;
const MIB = 1_048_576;
/** What any program in this language takes to answer. */
const PLAIN = `require('node:http').createServer((_, response) => response.end('ok')).listen(process.env.PORT, '127.0.0.1')`;
const IDLE = { cpuSeconds: () => Promise.resolve(0) };

interface Start {
  /** From the start of the process to its first answer. */
  readonly ms: number;
  readonly residentBytes: number;
}

interface Starts {
  readonly plain: Start;
  readonly first: Start;
  readonly warm: Start;
  readonly postgresql: Start;
  readonly load: Load;
}

export async function serverStart({
  rounds,
  patienceSeconds,
}: BenchmarkOptions): Promise<Figure[]> {
  const root = join(ROOT, 'build', 'bench-server');
  const dist = join(root, 'dist');
  await build(dist);
  // Beside which a built package finds its version.
  cpSync(join(ROOT, 'package.json'), join(root, 'package.json'));
  const main = join(dist, 'cli', 'main.js');
  const postgres = await startPostgres();
  try {
    const runs: Starts[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const run = await runUndisturbed(
        NO_SERVER,
        patienceSeconds,
        async (): Promise<Starts> => {
          const url = await postgres.createDatabase();
          const { load, result } = await measured(NO_SERVER, IDLE, () => startAll(main, url));
          return { ...result, load };
        },
        ({ load }) => load,
      );
      runs.push(run);
      const told = (['plain', 'first', 'warm', 'postgresql'] as const).map((name) => {
        const { ms, residentBytes } = run[name];
        return `${name} ${formatNumber(ms)} ms, ${formatNumber(residentBytes / MIB)} MiB`;
      });
      console.log(`  ${round}. ${told.join('; ')}`);
    }
    return figuresOf(runs);
  } finally {
    await postgres.stop();
    rmSync(root, { recursive: true, force: true });
  }
}

async function startAll(main: string, databaseUrl: string): Promise<Omit<Starts, 'load'>> {
  const folder = mkdtempSync(join(tmpdir(), 'tidewatch-bench-start-'));
  const serve = (name: string, env: NodeJS.ProcessEnv = {}): Promise<Start> =>
    start(['node', main, 'serve'], { TIDEWATCH_DATA_DIR: join(folder, name), ...env });
  try {
    const plain = await start(['node', '-e', PLAIN], {});
    const first = await serve('embedded');
    const warm = await serve('embedded');
    await serve('postgresql', { DATABASE_URL: databaseUrl });
    const postgresql = await serve('postgresql', { DATABASE_URL: databaseUrl });
    return { plain, first, warm, postgresql };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Starts a server, waits for its first answer, leaves it alone, and ends it. */
async function start([, ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<Start> {
  const reserved = await reservePort();
  const { port } = reserved;
  const begin = performance.now();
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env, PORT: String(port), TIDEWATCH_PORT: String(port) },
    stdio: 'ignore',
  });
  const ended = once(child, 'close');
  try {
    await untilReady(`http://127.0.0.1:${port}/readyz`, child);
    const ms = performance.now() - begin;
    await delay(IDLE_MS);
    return { ms, residentBytes: residentBytesOf(child) };
  } finally {
    child.kill('SIGTERM');
    await ended;
    reserved.release();
  }
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const end = performance.now() + GIVE_UP_MS;
  while (child.exitCode === null && performance.now() < end) {
    const isReady = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return;
    await delay(LOOK_MS);
  }
  throw new Error(`nothing answers at ${url}`);
}

/** As the kernel says (proc_pid_status(5)). */
function residentBytesOf({ pid }: ChildProcess): number {
  const status = readFileSync(`/proc/${pid ?? 0}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024;
}

function figuresOf(runs: readonly Starts[]): Figure[] {
  const load = medianLoad(runs.map((run) => ({ rate: NaN, load: run.load })));
  const of = (pick: (run: Starts) => number): number => median(runs.map(pick));
  const plainMs = of(({ plain }) => plain.ms);
  const plainBytes = of(({ plain }) => plain.residentBytes);
  const common = { peer: 'an empty HTTP server', load, limit: '-' };
  const time = (figure: string, ms: number, most: number): Figure => ({
    ...{ figure, ...common, ours: `${formatNumber(ms)} ms`, theirs: `${formatNumber(plainMs)} ms` },
    ...{ ratio: `${formatNumber(ms / plainMs)}×`, mustReach: `≤ ${most} ms`, reached: ms <= most },
  });
  const memory = (figure: string, bytes: number, most: number): Figure => ({
    ...{ figure, ...common, ours: `${formatNumber(bytes / MIB)} MiB` },
    ...{
      theirs: `${formatNumber(plainBytes / MIB)} MiB`,
      ratio: `${formatNumber(bytes / plainBytes)}×`,
    },
    ...{ mustReach: `≤ ${most} MiB`, reached: bytes <= most * MIB },
  });
  return [
    time(
      'embedded database, first start: to the first answer',
      of(({ first }) => first.ms),
      3_000,
    ),
    time(
      'the same, started before',
      of(({ warm }) => warm.ms),
      1_500,
    ),
    time(
      'PostgreSQL, started before',
      of(({ postgresql }) => postgresql.ms),
      1_500,
    ),
    memory(
      'embedded database: memory when idle',
      of(({ warm }) => warm.residentBytes),
      350,
    ),
    memory(
      'PostgreSQL: memory when idle',
      of(({ postgresql }) => postgresql.residentBytes),
      200,
    ),
  ];
}

if (import.meta.main) await runAsProgram(serverStart);

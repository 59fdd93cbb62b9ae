/** The runtime, or the client alone, with a server that is in memory of the same process. */
import { setTimeout as delay } from 'node:timers/promises';
import { createRuntime } from '../../src/app/index.ts';
import type { Runtime } from '../../src/app/index.ts';
import { connect } from '../../src/smb/index.ts';
import type { SmbTree, Watch } from '../../src/smb/index.ts';
import { FakeHost } from '../../test/fake-server/fake-host.ts';
import { answerCalls } from './answer-calls.ts';
import { Followers } from './followers.ts';

const NAME = 'bench';
/** New directories that are subscribed to at once; the time that a watch settles passes for all. */
const BATCH = 500;
const LOGON = { username: 'alice', password: 'secret' } as const;

export interface Cost {
  /** CPU time of the thread that does it for each, in microseconds. */
  readonly cpuEach: number;
  /** Time that passed for each, in microseconds. */
  readonly timeEach: number;
}

let host: FakeHost;
let runtime: Runtime;
let tree: SmbTree;
const live = new Followers();

function makeHost(directories: number): void {
  // Of one connection, however many the distribution allows.
  host = new FakeHost({ server: { maxOpenFiles: Infinity } });
  for (let i = 0; i < directories; i += 1) host.fileSystem.mkdir(pathOf('live', i));
  for (let i = 0; i < BATCH; i += 1) host.fileSystem.mkdir(pathOf('new', i));
}

function pathOf(kind: 'live' | 'new', index: number): string {
  return `${kind}/directory-${String(index).padStart(5, '0')}`;
}

async function costOf(times: number, work: (batch: number) => Promise<number>): Promise<Cost> {
  // The first is not counted: the code is still being compiled.
  await work(-1);
  const begin = performance.now();
  const cpuBefore = process.threadCpuUsage();
  let done = 0;
  for (let i = 0; i < times; i += 1) done += await work(i);
  const { user, system } = process.threadCpuUsage(cpuBefore);
  return {
    cpuEach: (user + system) / done,
    timeEach: ((performance.now() - begin) * 1_000) / done,
  };
}

async function listAll(path: string): Promise<void> {
  for await (const entries of tree.list(path)) void entries;
}

const calls = {
  async startRuntime({ directories }: { directories: number }): Promise<void> {
    makeHost(directories);
    runtime = createRuntime({ network: { dial: ({ signal }) => host.dial(signal) } });
    const target = {
      type: 'smb',
      host: '127.0.0.1',
      port: 445,
      share: 'data',
      logon: LOGON,
    } as const;
    runtime.connections.add({ name: NAME, target, pathPrefix: '' });
    const paths = Array.from({ length: directories }, (_, i) => pathOf('live', i));
    await live.add(runtime, NAME, paths, 'changes');
  },
  /** One more reader of a directory that is watched, and away again. */
  watchedCost({ directories, times }: { directories: number; times: number }): Promise<Cost> {
    return costOf(times, async (batch) => {
      const own = new Followers();
      const first = ((batch + 1) * BATCH) % directories;
      const paths = Array.from({ length: BATCH }, (_, i) =>
        pathOf('live', (first + i) % directories),
      );
      await own.add(runtime, NAME, paths, 'changes');
      own.close();
      return BATCH;
    });
  },
  /** Directories that nobody watches: opened, listed, watched, and given up. */
  newCost({ directories, times }: { directories: number; times: number }): Promise<Cost> {
    return costOf(times, async () => {
      const own = new Followers();
      const paths = Array.from({ length: BATCH }, (_, i) => pathOf('new', i));
      await own.add(runtime, NAME, paths, 'changes');
      own.close();
      while (host.opens > directories) await delay(1);
      return BATCH;
    });
  },
  async startPlain({ directories }: { directories: number }): Promise<void> {
    makeHost(directories);
    const connection = await connect({ host: '127.0.0.1', transport: await host.dial() });
    const session = await connection.authenticate(LOGON);
    tree = await session.connectTree('data');
    const watches = Array.from({ length: directories }, (_, i) => follow(pathOf('live', i)));
    await Promise.all(watches.map(({ armed }) => armed));
  },
  /** The same round trips, by the client alone. */
  plainCost({ directories, times }: { directories: number; times: number }): Promise<Cost> {
    return costOf(times, async () => {
      const paths = Array.from({ length: BATCH }, (_, i) => pathOf('new', i));
      const watches = paths.map(follow);
      await Promise.all(watches.map(({ armed }) => armed));
      await Promise.all(paths.map(listAll));
      await Promise.all(watches.map((watch) => watch.close()));
      while (host.opens > directories) await delay(1);
      return BATCH;
    });
  },
};

function follow(path: string): Watch {
  const nothing = { event: () => undefined, ended: () => undefined };
  return tree.watch(path, { listener: nothing });
}

export type InMemoryCalls = typeof calls;

answerCalls(calls);

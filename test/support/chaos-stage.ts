import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { systemClock } from '../../src/actors/clock.ts';
import { createRuntime } from '../../src/app/index.ts';
import type {
  Clock,
  ConnectionInfo,
  Runtime,
  RuntimeOptions,
  WatchOptions,
} from '../../src/app/index.ts';
import { connectTcp } from '../../src/smb/index.ts';
import type { TcpOptions, Transport } from '../../src/smb/index.ts';
import type { SambaServer } from '../servers/samba.ts';
import { ChaosReader } from './chaos-reader.ts';
import type { ChaosReaderOptions } from './chaos-reader.ts';

/** A runtime whose sockets and timers are counted. */
export class ChaosStage {
  readonly runtime: Runtime;
  readonly sockets = new Set<Transport>();
  readonly timers = new Set<unknown>();
  /** TCP connections that were asked for. */
  dialled = 0;
  /** Lengths of the frames that were sent, in order, all connections together. */
  readonly frames: number[] = [];
  /** Called behind each frame that is sent. */
  onFrame: (frames: number) => void = () => undefined;

  constructor(options: RuntimeOptions = {}) {
    const clock = this.#countedClock();
    const dial = (how: TcpOptions): Promise<Transport> => this.#dial(how);
    this.runtime = createRuntime({
      ...options,
      limits: { connectionLingerMs: 50, ...options.limits },
      clock,
      network: { clock, dial },
    });
  }

  /** A reader of a watch of the library. */
  async watch(
    location: string,
    options: WatchOptions,
    reader: ChaosReaderOptions,
  ): Promise<ChaosReader> {
    const follower = new ChaosReader({ detail: options.detail ?? 'changes', ...reader });
    const watch = await this.runtime.watch(location, options);
    follower.subscription = {
      close: () => void watch.close(),
      refresh: () => watch.refresh(),
    };
    void follower.follow(watch);
    return follower;
  }

  /** A connection `nas` to the share `data` as alice. */
  connectNas({ port, users }: SambaServer, pathPrefix = ''): ConnectionInfo {
    const logon = { username: 'alice', password: users['alice'] ?? '' };
    const target = { type: 'smb', host: '127.0.0.1', port, share: 'data', logon } as const;
    return this.runtime.connections.add({ name: 'nas', target, pathPrefix });
  }

  /** Stops the runtime. Throws when that takes 5 s, or when something is left behind. */
  async stop(): Promise<void> {
    const start = performance.now();
    await this.runtime.stop();
    const took = performance.now() - start;
    if (took > 5_000) throw new Error(`stop() took ${Math.round(took)} ms`);
    const left = [...this.leftovers(), ...[...this.timers].map(() => 'a timer')];
    if (left.length > 0) throw new Error(`After stop() there are still: ${left.join(', ')}`);
  }

  /** Waits, without a stop, until the connections that linger are gone, too. */
  async untilNothingIsLeft(patienceMs = 10_000): Promise<void> {
    const end = performance.now() + patienceMs;
    while (this.leftovers().length > 0) {
      if (performance.now() > end) {
        throw new Error(`Not given back within ${patienceMs} ms: ${this.leftovers().join(', ')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Watches, actors and sockets that live now. */
  leftovers(): string[] {
    return [
      ...this.runtime.watches().map(({ path, state }) => `a watch of ${path}, ${state}`),
      ...this.runtime.actors.list().map(({ id, state }) => `${id}, ${state}`),
      ...[...this.sockets].map(({ remote }) => `a socket to ${remote}`),
    ];
  }

  async #dial(how: TcpOptions): Promise<Transport> {
    this.dialled += 1;
    const inner = await connectTcp(how);
    const transport: Transport = {
      remote: inner.remote,
      send: (parts) => {
        inner.send(parts);
        this.frames.push(parts.reduce((length, part) => length + part.length, 0));
        this.onFrame(this.frames.length);
      },
      receiveInto: (sink) => inner.receiveInto(sink),
      onClose: (listener) =>
        inner.onClose((error) => {
          this.sockets.delete(transport);
          listener(error);
        }),
      close: () => inner.close(),
      destroy: () => {
        this.sockets.delete(transport);
        inner.destroy();
      },
    };
    this.sockets.add(transport);
    return transport;
  }

  #countedClock(): Clock {
    const { timers } = this;
    return {
      now: () => systemClock.now(),
      wall: () => systemClock.wall(),
      setTimeout: (callback, delayMs) => {
        const timer = systemClock.setTimeout(() => {
          timers.delete(timer);
          callback();
        }, delayMs);
        timers.add(timer);
        return timer;
      },
      clearTimeout: (timer) => {
        timers.delete(timer);
        systemClock.clearTimeout(timer);
      },
    };
  }
}

/** Runtimes of one test; `stop` ends all and holds leaks against them. */
export class ChaosStages {
  readonly #stages: ChaosStage[] = [];

  make(options: RuntimeOptions = {}): ChaosStage {
    const stage = new ChaosStage(options);
    this.#stages.push(stage);
    return stage;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#stages.splice(0).map((stage) => stage.stop()));
  }
}

/** A directory of the share `data` as the first user, through another port if need be. */
export function locationOf(samba: SambaServer, path: string, port: number = samba.port): string {
  const [username = '', password = ''] = Object.entries(samba.users)[0] ?? [];
  return `smb://${username}:${password}@127.0.0.1:${port}/data/${path}`;
}

/** How often processes of the server have a directory, or anything in it, open. */
export function openHandles(samba: SambaServer, directory: string): number {
  let handles = 0;
  for (const pid of samba.childPids()) {
    for (const target of filesOf(pid)) {
      if (target === directory || target.startsWith(`${directory}/`)) handles += 1;
      else if (target === `${directory} (deleted)`) handles += 1;
    }
  }
  return handles;
}

/** TCP connections of this machine to a port that are established now. */
export function connectionsTo(port: number): number {
  const remote = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1);
  const fields = lines.map((line) => line.trim().split(/\s+/));
  return fields.filter(([, , to, state]) => state === '01' && to?.endsWith(remote)).length;
}

/** Files that a process has open; none of one that has gone. */
function filesOf(pid: number): string[] {
  try {
    const names = readdirSync(`/proc/${pid}/fd`);
    return names.flatMap((name) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${name}`)];
      } catch {
        // Closed between the two looks.
        return [];
      }
    });
  } catch {
    return [];
  }
}

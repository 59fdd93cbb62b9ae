/** The design that ours is compared with: a connection, a session and a share for every directory. */
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '../../src/smb/index.ts';
import type { SmbConnection } from '../../src/smb/index.ts';
import { answerCalls } from './answer-calls.ts';

/** How many log on at once: more make the server refuse some, and all take longer. */
const AT_ONCE = 32;
/** After a connection was lost it is tried again this often, at random within the range. */
const RETRY_MS = { least: 500, most: 1_500 } as const;

export interface IsolatedStart {
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly paths: readonly string[];
}

class Isolated {
  readonly path: string;
  isLive = false;
  times = 0;
  readonly #to: IsolatedStart;
  #connection: SmbConnection | undefined;

  constructor(to: IsolatedStart, path: string) {
    this.#to = to;
    this.path = path;
  }

  /** Watches until it is closed, beginning anew whenever the connection is lost. */
  async run(): Promise<void> {
    while (!closing) {
      await this.#once().catch(() => undefined);
      this.isLive = false;
      const { least, most } = RETRY_MS;
      if (!closing) await delay(least + Math.random() * (most - least));
    }
  }

  async #once(): Promise<void> {
    const { port, username, password } = this.#to;
    await gate.enter();
    let tree;
    try {
      this.#connection = await connect({ host: '127.0.0.1', port });
      const session = await this.#connection.authenticate({ username, password });
      tree = await session.connectTree('data');
    } finally {
      gate.leave();
    }
    const watch = tree.watch(this.path);
    await watch.armed;
    for await (const entries of tree.list(this.path)) void entries;
    this.isLive = true;
    this.times += 1;
    onLive();
    for await (const event of watch) void event;
  }

  async close(): Promise<void> {
    await this.#connection?.close();
  }
}

/** Lets in so many at once. */
class Gate {
  #free = AT_ONCE;
  readonly #waiting: (() => void)[] = [];

  async enter(): Promise<void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}

const gate = new Gate();
let all: Isolated[] = [];
let runs: Promise<void>[] = [];
let closing = false;
let onLive: () => void = () => undefined;

function until(times: number): Promise<void> {
  return new Promise((resolve) => {
    onLive = () => {
      if (all.every((one) => one.isLive && one.times >= times)) resolve();
    };
    onLive();
  });
}

const calls = {
  /** Resolves when all directories are watched and listed, with the seconds it took. */
  async start(to: IsolatedStart): Promise<number> {
    const begin = performance.now();
    all = to.paths.map((path) => new Isolated(to, path));
    runs = all.map((one) => one.run());
    await until(1);
    return (performance.now() - begin) / 1000;
  },
  /** Resolves when every one is watched and listed again after it was lost. */
  async back(): Promise<void> {
    await until(2);
  },
  async close(): Promise<void> {
    closing = true;
    await Promise.all(all.map((one) => one.close()));
    await Promise.all(runs);
  },
};

export type IsolatedCalls = typeof calls;

answerCalls(calls);

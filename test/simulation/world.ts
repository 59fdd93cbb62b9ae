import { createHash } from 'node:crypto';
import { FAKE_NOW_MS } from '../fake-server/file-system.ts';
import { FakeHost } from '../fake-server/fake-host.ts';
import { treeOf } from '../fake-server/host-files.ts';
import type { FakeHostOptions } from '../fake-server/host-options.ts';
import type { Model } from './model.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Turns of the event loop without anything happening before all is said to be quiet. */
const QUIET_TURNS = 3;
/** More turns than this mean that something goes round in circles. */
const MOST_TURNS = 200_000;

/** A host, time, and a record of all that happens between them. */
export class World {
  readonly clock = new VirtualClock(FAKE_NOW_MS);
  readonly host: FakeHost;
  /** Every message and event, with its time; kept only when asked for. */
  readonly lines: string[] = [];
  readonly #hash = createHash('sha256');
  readonly #isKept: boolean;
  #happened = 0;

  constructor(options: Omit<FakeHostOptions, 'trace' | 'now'>, isKept = false) {
    this.#isKept = isKept;
    const clock = this.clock.for('host');
    this.host = new FakeHost({
      ...options,
      now: () => clock.wall(),
      trace: (what) => this.note(what),
    });
  }

  note(what: string): void {
    this.#happened += 1;
    const line = `${this.clock.now} ${what}`;
    this.#hash.update(line).update('\n');
    if (this.#isKept) this.lines.push(line);
  }

  /** Of all that happened; ends the record. */
  digest(): string {
    return this.#hash.digest('hex');
  }

  /** Lets everything that is on its way arrive, and what follows from it, without time passing. */
  async settle(): Promise<void> {
    let seen = -1;
    let quiet = 0;
    for (let turn = 0; quiet < QUIET_TURNS; turn += 1) {
      if (turn > MOST_TURNS) throw new Error('it never settles');
      await nextTurn();
      const happened = this.#happened + this.clock.fired;
      quiet = happened === seen ? quiet + 1 : 0;
      seen = happened;
    }
  }

  /** Time passes from timer to timer, and all settles in between. */
  async advance(ms: number): Promise<void> {
    const end = this.clock.now + ms;
    await this.settle();
    for (let next = this.clock.nextAt; next <= end; next = this.clock.nextAt) {
      this.clock.moveTo(next);
      await this.settle();
    }
    this.clock.moveTo(end);
    await this.settle();
  }

  /** The process slept: time has passed, what was due meanwhile comes at once and late. */
  async sleep(ms: number): Promise<void> {
    this.clock.moveTo(this.clock.now + ms);
    await this.settle();
  }

  /** What the host would list below a directory, at every depth; undefined when there is none. */
  listing(path: string): Model | undefined {
    const node = this.host.fileSystem.find(path);
    // One that waits for its last handle to be closed can be opened by nobody.
    if (node?.children === undefined || node.deletePending) return undefined;
    return treeOf(node);
  }

  /** Everything works again. What was lost stays lost. */
  heal(): void {
    const { host } = this;
    host.faults.clear();
    host.allowAll();
    host.setPassword('alice', 'secret');
    host.thaw();
    host.up();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

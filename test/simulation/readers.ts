import { TidewatchError } from '../../src/errors/tidewatch-error.ts';
import type { ConnectionSubscription } from '../../src/app/runtime-face.ts';
import { Reader } from './reader.ts';
import type { ReaderOptions } from './reader.ts';
import type { SimulatedClient } from './simulated-client.ts';
import type { World } from './world.ts';

/** Subscribers at once; more only take time. */
const MOST_READERS = 6;

/** All who subscribe in the course of a simulation. */
export class Readers {
  readonly #world: World;
  readonly #client: SimulatedClient;
  readonly #most: number;
  #all: Reader[] = [];

  constructor(world: World, client: SimulatedClient, most = MOST_READERS) {
    this.#most = most;
    this.#world = world;
    this.#client = client;
  }

  get active(): Reader[] {
    return this.#all.filter(({ isOver }) => !isOver);
  }

  get all(): readonly Reader[] {
    return this.#all;
  }

  subscribe(
    path: string,
    {
      recursive,
      detail,
      slashes,
    }: Pick<ReaderOptions, 'recursive' | 'detail'> & { slashes: number },
  ): void {
    if (this.active.length >= this.#most) return;
    const reader = this.#add({ path, recursive, detail });
    const spelling = [path, `/${path}`, `${path}/`, path.replaceAll('/', '\\')][slashes] ?? path;
    this.#begin(reader, { path: spelling });
  }

  unsubscribe(which: number, linger: boolean): void {
    this.#pick(which)?.close(linger);
  }

  /** As a socket that broke and comes back after a while. */
  async resume(which: number, afterMs: number): Promise<void> {
    const before = this.#pick(which);
    if (before === undefined) return;
    const { path, recursive, detail } = before.options;
    const { resumePoint } = before;
    before.close(true);
    await this.#world.advance(afterMs);
    const after = this.#add({ path, recursive, detail });
    after.takeOver(before);
    this.#begin(after, { path, ...(before.isSubscribed && { resume: resumePoint }) });
  }

  refresh(which: number): void {
    this.#pick(which)?.subscription?.refresh();
  }

  /** A directory that somebody is or was subscribed to; the root only when there is no other. */
  pathOf(which: number): string {
    const paths = this.#all.map(({ options }) => options.path).filter((path) => path !== '');
    return paths[Math.floor(which * paths.length)] ?? '';
  }

  closeAll(): void {
    for (const reader of this.active) reader.close(false);
  }

  #add(options: Omit<ReaderOptions, 'name'>): Reader {
    const reader = new Reader(this.#world, { ...options, name: `r${this.#all.length + 1}` });
    this.#all.push(reader);
    return reader;
  }

  #begin(reader: Reader, request: Pick<ConnectionSubscription, 'path' | 'resume'>): void {
    const { name, path, recursive, detail } = reader.options;
    this.#world.note(`${name} subscribes to ${JSON.stringify(path)} ${recursive} ${detail}`);
    try {
      reader.subscription = this.#client.subscribe(
        { connection: 'sim', recursive, detail, ...request },
        reader,
      );
    } catch (error) {
      if (!(error instanceof TidewatchError)) throw error;
      reader.ended(error);
    }
  }

  #pick(which: number): Reader | undefined {
    const { active } = this;
    return active[Math.floor(which * active.length)];
  }
}

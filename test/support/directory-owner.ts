import type { DirectoryChange } from '../../src/actors/directory-change.ts';
import type { DirectoryConsumer } from '../../src/actors/directory-consumer.ts';
import { toChange } from '../../src/actors/directory-change.ts';
import { DirectoryContent, readDirectory } from '../../src/actors/directory-content.ts';
import { DirectoryNews } from '../../src/actors/directory-news.ts';
import type { StorageLease } from '../../src/actors/place.ts';
import type { VerifyOwner } from '../../src/actors/verify-directory.ts';
import type { ResyncReason } from '../../src/machines/resync-reason.ts';
import type { FilterName, StorageChange } from '../../src/storage/storage.ts';
import type { ActorServices } from './actor-services.ts';
import { worded } from './recording-subscriber.ts';
import { ScriptedStorage } from './scripted-storage.ts';

export interface OwnerOptions {
  readonly storage?: ScriptedStorage;
  /** Default: true. */
  readonly wantsDetail?: boolean;
  /** Default: false. */
  readonly wantsBelow?: boolean;
  /** Default: everything that a listing shows. */
  readonly filter?: readonly FilterName[];
}

/** Of an actor of the directory `dir` what its news and its checks need, without its states. */
export class DirectoryOwner implements VerifyOwner {
  readonly services: ActorServices;
  readonly storage: ScriptedStorage;
  readonly options: VerifyOwner['options'];
  readonly content = new DirectoryContent();
  readonly consumers: DirectoryConsumer[];
  readonly news: DirectoryNews;
  readonly lease: StorageLease;
  directoryId: bigint | undefined;
  wantsDetail: boolean;
  lastEventAt: number | undefined;
  /** What consumers were told, as words; `something` where nobody wants detail. */
  readonly told: string[] = [];
  /** The same with the time of each. */
  readonly timed: string[] = [];
  /** What the states of the actor would hear. */
  readonly heard: string[] = [];

  constructor(services: ActorServices, options: OwnerOptions = {}) {
    this.services = services;
    this.storage = options.storage ?? new ScriptedStorage();
    this.directoryId = this.storage.directory('dir').fileId;
    this.wantsDetail = options.wantsDetail ?? true;
    const { filter } = options;
    this.options = { id: 'dir~1', path: 'dir', place: { display: 'scripted' }, services, filter };
    this.lease = { storage: this.storage, release: () => Promise.resolve() };
    this.consumers = [
      {
        wantsDetail: this.wantsDetail,
        wantsBelow: options.wantsBelow ?? false,
        changed: (changes) => this.#changed(changes),
        changedBelow: (changes) => this.#note(`below ${wordsBelow(changes)}`),
        resync: (reason) => this.#note(`resync ${reason}`),
        stateChanged: () => undefined,
        listed: () => undefined,
      },
    ];
    this.news = new DirectoryNews(this, services);
  }

  get keepUpTo(): number {
    return this.wantsDetail ? this.services.limits.listingEntries : 0;
  }

  handleLost(reason: ResyncReason): void {
    this.heard.push(`LOSS ${reason}`);
  }

  relist(): void {
    this.heard.push('RELIST');
  }

  announceResync(reason: ResyncReason): void {
    for (const consumer of this.consumers) consumer.resync(reason);
  }

  /** As after arming: what is known begins with it. */
  async list(): Promise<void> {
    const { signal } = new AbortController();
    const { keepUpTo } = this;
    const { heard } = this.news;
    const reading = await readDirectory(this.storage, 'dir', { keepUpTo, signal, heard });
    this.news.adopt(reading, { isNews: this.content.differsFrom(reading) });
    this.storage.calls.length = 0;
  }

  /** What was told since the last call. */
  take(): string[] {
    return this.told.splice(0);
  }

  #changed(changes: readonly DirectoryChange[]): void {
    if (changes.length === 0) this.#note('something');
    for (const change of changes) this.#note(worded(toChange(change)));
  }

  #note(what: string): void {
    this.told.push(what);
    this.timed.push(`${this.services.clock.now()} ${what}`);
  }
}

function wordsBelow(changes: readonly StorageChange[]): string {
  return changes.map(({ action, path }) => `${action} ${path}`).join(', ');
}

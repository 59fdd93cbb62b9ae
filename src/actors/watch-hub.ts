import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { RetryPolicy } from '../machines/retry-policy.ts';
import { DEFAULT_RETRY } from '../machines/retry-policy.ts';
import { parentOf } from '../storage/paths.ts';
import type { FilterName } from '../storage/storage.ts';
import { DirectoryActor } from './directory-actor.ts';
import type { DirectoryOptions, DirectoryOwner } from './directory-options.ts';
import type { DirectoryConsumer } from './directory-consumer.ts';
import { DirectoryTopic } from './directory-topic.ts';
import type { Place } from './place.ts';
import { RecursiveTopic } from './recursive-topic.ts';
import type { Services } from './services.ts';
import { Spellings } from './spellings.ts';
import type { EntryOptions } from './topic-entry.ts';
import type { Recursion, Subscriber, Subscription } from './watch-events.ts';

/** A directory and how it is to be watched: who agrees on all of it shares a watch. */
export interface DirectorySpec {
  readonly place: Place;
  /** Below the root of the place. */
  readonly path: string;
  readonly filter?: readonly FilterName[] | undefined;
  readonly retry?: RetryPolicy | undefined;
  readonly stopOnDelete?: boolean | undefined;
}

export interface TopicSpec extends DirectorySpec {
  readonly recursive: Recursion;
}

/** One topic, for operators. */
export interface TopicInfo {
  readonly topic: DirectoryTopic | RecursiveTopic;
  readonly spec: TopicSpec;
}

/**
 * Who watches what. One watch for each directory, whoever asks for it; one numbering for each mode.
 * Everything is counted as sets: nothing is left behind by a start that fails or a double goodbye.
 */
export class WatchHub implements DirectoryOwner {
  readonly #services: Services;
  readonly #directories = new Map<string, DirectoryActor>();
  readonly #spellings = new Spellings();
  readonly #leaving = new Set<DirectoryOptions>();
  readonly #topics = new Map<string, TopicInfo>();
  #ended: TidewatchError | undefined;
  #onQuiet: (() => void) | undefined;
  #count = 0;

  constructor(services: Services) {
    this.#services = services;
  }

  subscribe(spec: TopicSpec, subscriber: Subscriber, options: EntryOptions): Subscription {
    if (this.#ended !== undefined) throw this.#ended;
    const key = [directoryKey(spec), spec.recursive].join('\u0000');
    let info = this.#topics.get(key);
    if (info === undefined || info.topic.directory.isLeaving) {
      info = this.#newTopic(spec, key);
      this.#topics.set(key, info);
    }
    return info.topic.subscribe(subscriber, options);
  }

  topics(): readonly TopicInfo[] {
    return [...this.#topics.values()];
  }

  get directories(): readonly DirectoryActor[] {
    return [...this.#directories.values()];
  }

  /** A directory for one more consumer; it is started with the first. */
  join(spec: DirectorySpec, consumer: DirectoryConsumer): DirectoryActor {
    const directory = this.directory(spec);
    directory.add(consumer);
    return directory;
  }

  /** A consumer leaves; the last one ends the watch. */
  leave(directory: DirectoryActor, consumer: DirectoryConsumer): void {
    directory.remove(consumer);
    if (directory.consumers.length === 0) this.#stop(directory);
  }

  directory(spec: DirectorySpec): DirectoryActor {
    const key = directoryKey(spec);
    const known = this.#directories.get(key);
    if (known !== undefined && !known.isLeaving) return known;
    this.#count += 1;
    const { place, path, filter, retry = DEFAULT_RETRY, stopOnDelete = false } = spec;
    const directory = new DirectoryActor({
      // Joined, not added: a string of many parts takes more memory than its letters.
      id: [place.key, `${path}~${this.#count}`].join('/'),
      key,
      place,
      path,
      filter,
      retry,
      stopOnDelete,
      services: this.#services,
      owner: this,
    });
    this.#directories.set(key, directory);
    this.#spellings.add(key);
    directory.start();
    return directory;
  }

  /** Of the root nobody knows a parent: it is looked for now and then. */
  watchParent(options: DirectoryOptions, hint: () => void): () => void {
    const path = parentOf(options.path);
    if (path === undefined) return () => undefined;
    const consumer: DirectoryConsumer = {
      wantsDetail: false,
      wantsBelow: false,
      changed: hint,
      changedBelow: () => undefined,
      resync: hint,
      stateChanged: () => undefined,
      listed: hint,
    };
    // Names have to be heard of, whatever is to be heard of what is in the directory.
    const { place, retry } = options;
    let parent: DirectoryActor | undefined;
    let isOver = false;
    // Asked for by an action of a chart, which must not start another one.
    queueMicrotask(() => {
      if (!isOver && this.#ended === undefined) {
        parent = this.join({ place, path, retry }, consumer);
      }
    });
    return () => {
      isOver = true;
      if (parent !== undefined) this.leave(parent, consumer);
      parent = undefined;
    };
  }

  /**
   * Names that differ in case or form, and lead to one directory on this server, need one watch. Only
   * those: a directory that was renamed is known by its id, too, and belongs to nobody's path.
   */
  directoryArmed(options: DirectoryOptions): void {
    const directory = this.#directories.get(options.key);
    const id = directory?.directoryId;
    if (directory?.options !== options || id === undefined) return;
    const other = this.#spellings
      .like(options.key)
      .map((key) => this.#directories.get(key))
      .find((like) => like !== directory && like?.directoryId === id && like.isArmed);
    if (other === undefined) return;
    const topics = directory.consumers.filter((consumer) => consumer instanceof DirectoryTopic);
    // A tree knows its directories by their names.
    if (topics.length < directory.consumers.length) return;
    for (const topic of topics) topic.moveTo(other);
    this.#stop(directory);
  }

  directoryOver(options: DirectoryOptions): void {
    const { key } = options;
    if (this.#directories.get(key)?.options === options) {
      this.#directories.delete(key);
      this.#spellings.delete(key);
    }
    this.#leaving.delete(options);
    if (this.#directories.size + this.#leaving.size === 0) this.#onQuiet?.();
  }

  /** Everybody is told, every handle closed; resolves when none is left. */
  async stop(): Promise<void> {
    this.#ended = new TidewatchError('closed', 'The runtime has stopped');
    for (const { topic } of [...this.#topics.values()]) topic.end(this.#ended);
    for (const directory of [...this.#directories.values()]) this.#stop(directory);
    if (this.#directories.size + this.#leaving.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onQuiet = resolve;
    });
  }

  #stop(directory: DirectoryActor): void {
    this.#leaving.add(directory.options);
    directory.stop();
  }

  #newTopic(spec: TopicSpec, key: string): TopicInfo {
    const onEmpty = (): void => {
      if (this.#topics.get(key) === info) this.#topics.delete(key);
      if (info.topic instanceof RecursiveTopic) info.topic.release();
      else if (info.topic instanceof DirectoryTopic) this.leave(info.topic.directory, info.topic);
    };
    const directory = this.directory(spec);
    const topic =
      spec.recursive === true
        ? new RecursiveTopic(this.#services, this, spec, onEmpty)
        : new DirectoryTopic(directory, spec.recursive === 'tree', onEmpty);
    const info: TopicInfo = { topic, spec };
    return info;
  }
}

/** Equal for those who can share a watch; short, since there are thousands. */
function directoryKey(spec: DirectorySpec): string {
  const { place, path, filter, retry = DEFAULT_RETRY, stopOnDelete = false } = spec;
  // Who names the defaults agrees with those who name nothing.
  const isDefault = retry === DEFAULT_RETRY || wordsOf(retry) === wordsOf(DEFAULT_RETRY);
  const policy =
    filter === undefined && isDefault && !stopOnDelete
      ? ''
      : JSON.stringify([filter?.toSorted() ?? null, wordsOf(retry), stopOnDelete]);
  return [place.key, path, policy].join('\u0000');
}

function wordsOf({ baseMs, factor, capMs, jitter, maxAttempts }: RetryPolicy): string {
  return [baseMs, factor, capMs, jitter, maxAttempts].join();
}

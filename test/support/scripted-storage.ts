import { TidewatchError } from '../../src/errors/tidewatch-error.ts';
import { parentOf } from '../../src/storage/paths.ts';
import type {
  ListingOptions,
  Storage,
  StorageChange,
  StorageEntry,
  StorageWatch,
  WatchListener,
  WatchRequest,
} from '../../src/storage/storage.ts';

/** One watch of a scripted storage; its listener hears what the test says. */
export class ScriptedWatch implements StorageWatch {
  readonly request: WatchRequest;
  readonly listener: WatchListener;
  directoryId: bigint | undefined;
  isClosed = false;
  /** Closing takes until this is kept. */
  closing: Promise<void> = Promise.resolve();

  constructor(request: WatchRequest, listener: WatchListener) {
    this.request = request;
    this.listener = listener;
  }

  /** It is over, as the server says. */
  end(reason: TidewatchError): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.listener.ended(reason);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.closing;
  }
}

type Operation = 'list' | 'find' | 'stat' | 'watch';

/** Files in memory that change in silence; what is told of it, when, and what fails, says the test. */
export class ScriptedStorage implements Storage {
  readonly kind: Storage['kind'];
  readonly recursion = 'partial';
  /** Every watch that was ever asked for. */
  readonly watches: ScriptedWatch[] = [];
  /** What was asked for, as `list dir` and `find dir/name`. */
  readonly calls: string[] = [];
  /** Watches open and arm by themselves. */
  isWillingToArm = true;
  /** What is to fail; the path is that of the call. */
  failing: (operation: Operation, path: string) => TidewatchError | undefined = () => undefined;
  /** Calls wait for this before they look, and for the other one after they have looked. */
  before: Promise<void> | undefined;
  after: Promise<void> | undefined;
  /** When names came or went last, by directory; listings of a parent do not show it. */
  readonly #times = new Map<string, number>();
  /** What time it is for a directory whose names change; undefined: times are not told. */
  time: (() => number) | undefined = () => (this.#lastTime += 1.5);
  #lastTime = 1_000;
  readonly #entries = new Map<string, StorageEntry>();
  #ids = 0n;

  constructor(kind: Storage['kind'] = 'smb') {
    this.kind = kind;
    this.put('', { kind: 'directory' });
  }

  /** Watches that are open, of this directory or of all. */
  open(path?: string): ScriptedWatch[] {
    return this.watches.filter(
      ({ isClosed, request }) => !isClosed && (path === undefined || request.path === path),
    );
  }

  /** Makes or replaces what stands at a path. */
  put(path: string, what: Partial<StorageEntry> = {}): StorageEntry {
    this.#ids += 1n;
    const name = path.slice(path.lastIndexOf('/') + 1);
    const entry: StorageEntry = {
      ...{ name, kind: 'file', size: 1, modifiedAt: 1_000, fileId: this.#ids },
      ...what,
    };
    if (!this.#entries.has(path)) this.#namesChanged(path);
    this.#entries.set(path, entry);
    return entry;
  }

  directory(path: string): StorageEntry {
    return this.put(path, { kind: 'directory', size: 0 });
  }

  /** What stands at the path and below it is gone. */
  remove(path: string): void {
    this.#namesChanged(path);
    for (const [at] of this.#at(path)) this.#entries.delete(at);
  }

  /** With all that is below it. */
  move(from: string, to: string): void {
    this.#namesChanged(from);
    this.#namesChanged(to);
    for (const [at, entry] of this.#at(from)) {
      this.#entries.delete(at);
      const path = `${to}${at.slice(from.length)}`;
      const name = path.slice(path.lastIndexOf('/') + 1);
      this.#entries.set(path, { ...entry, name });
    }
  }

  write(path: string, size: number): void {
    const entry = this.#entries.get(path);
    if (entry !== undefined) this.#entries.set(path, { ...entry, size });
  }

  /** The watches of a directory hear of it. */
  tell(path: string, ...changes: StorageChange[]): void {
    for (const { listener } of this.open(path)) listener.changed(changes);
  }

  async *list(
    path: string,
    { onModifiedAt }: ListingOptions = {},
  ): AsyncGenerator<readonly StorageEntry[]> {
    this.calls.push(`list ${path}`);
    await this.before;
    this.#refuse('list', path);
    this.#existing(path);
    const time = this.#times.get(path);
    if (this.time !== undefined && time !== undefined) onModifiedAt?.(time);
    const entries = this.#in(path);
    await this.after;
    const half = Math.ceil(entries.length / 2);
    yield entries.slice(0, half);
    yield entries.slice(half);
  }

  async find(directory: string, name: string): Promise<StorageEntry | undefined> {
    const path = directory === '' ? name : `${directory}/${name}`;
    this.calls.push(`find ${path}`);
    await this.before;
    this.#refuse('find', path);
    this.#existing(directory);
    const entry = this.#entries.get(path);
    await this.after;
    return entry;
  }

  async stat(path: string): Promise<StorageEntry> {
    this.calls.push(`stat ${path}`);
    await this.before;
    this.#refuse('stat', path);
    return this.#existing(path);
  }

  watch(request: WatchRequest, listener: WatchListener): ScriptedWatch {
    const watch = new ScriptedWatch(request, listener);
    this.watches.push(watch);
    this.calls.push(`watch ${request.path}`);
    queueMicrotask(() => {
      if (watch.isClosed) return;
      try {
        this.#refuse('watch', request.path);
        const entry = this.#existing(request.path);
        if (entry.kind !== 'directory') throw new TidewatchError('not_a_directory', request.path);
        if (!this.isWillingToArm) return;
        watch.directoryId = entry.fileId;
      } catch (error) {
        watch.end(error as TidewatchError);
        return;
      }
      listener.opened();
      if (!watch.isClosed) listener.armed();
    });
    return watch;
  }

  readRanges(): Promise<never> {
    return Promise.reject(new TidewatchError('unsupported', 'No content here'));
  }

  readStream(): never {
    throw new TidewatchError('unsupported', 'No content here');
  }

  writeFile(): Promise<never> {
    return Promise.reject(new TidewatchError('unsupported', 'No content here'));
  }

  #namesChanged(path: string): void {
    const parent = parentOf(path);
    if (parent !== undefined && this.time !== undefined) this.#times.set(parent, this.time());
  }

  #in(path: string): StorageEntry[] {
    return [...this.#entries].filter(([at]) => parentOf(at) === path).map(([, entry]) => entry);
  }

  #at(path: string): [string, StorageEntry][] {
    return [...this.#entries].filter(([at]) => at === path || at.startsWith(`${path}/`));
  }

  #existing(path: string): StorageEntry {
    const entry = this.#entries.get(path);
    if (entry === undefined) throw new TidewatchError('not_found', `There is no ${path}`);
    return entry;
  }

  #refuse(operation: Operation, path: string): void {
    const error = this.failing(operation, path);
    if (error !== undefined) throw error;
  }
}

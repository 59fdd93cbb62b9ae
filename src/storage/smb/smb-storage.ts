import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { SmbTree } from '../../smb/index.ts';
import type {
  CallOptions,
  ListingOptions,
  Storage,
  StorageEntry,
  StorageWatch,
  WatchListener,
  WatchRequest,
} from '../storage.ts';
import { SmbWatch } from './smb-watch.ts';
import { TreeRoots } from './tree-roots.ts';

export interface SmbStorageOptions {
  /** Bears the watches. */
  readonly watchTree: SmbTree;
  /**
   * The same share for everything else, best on another connection so that bulk data never delays a
   * notification. Asked for at each call, so that it may be connected late and anew.
   */
  readonly bulkTree: () => Promise<SmbTree>;
  /** The handles that bear watches on Windows, of all who use the same `watchTree`; default: its own. */
  readonly watchRoots?: TreeRoots | undefined;
}

/** A share of an SMB server. Who makes it owns the connections; errors are those of the client. */
export class SmbStorage implements Storage {
  readonly kind = 'smb';
  #watchTree: SmbTree;
  #bulkTree: () => Promise<SmbTree>;
  #watchRoots: TreeRoots;

  constructor({ watchTree, bulkTree, watchRoots }: SmbStorageOptions) {
    this.#watchTree = watchTree;
    this.#bulkTree = bulkTree;
    this.#watchRoots = watchRoots ?? new TreeRoots(watchTree);
  }

  get recursion(): 'complete' | 'partial' {
    return this.#watchTree.session.serverKind === 'windows' ? 'complete' : 'partial';
  }

  async *list(
    path: string,
    { signal, onModifiedAt }: ListingOptions = {},
  ): AsyncGenerator<readonly StorageEntry[], void, undefined> {
    const tree = await this.#bulkTree();
    const onDirectory = ({ modifiedAt }: StorageEntry): void => {
      // 0 is what servers say that do not know.
      if (modifiedAt !== 0) onModifiedAt?.(modifiedAt);
    };
    yield* tree.list(path, { signal, onDirectory });
  }

  /** By listing: a stat finds names in other cases too, and says nothing of how they are written. */
  async find(
    directory: string,
    name: string,
    { signal }: CallOptions = {},
  ): Promise<StorageEntry | undefined> {
    const tree = await this.#bulkTree();
    try {
      for await (const page of tree.list(directory, { signal, pattern: name })) {
        const found = page.find((entry) => entry.name === name);
        if (found !== undefined) return found;
      }
    } catch (error) {
      // Names that are none on this server: it cannot have an entry like that.
      if (!(error instanceof TidewatchError) || error.code !== 'invalid_path') throw error;
    }
    return undefined;
  }

  async stat(path: string, { signal }: CallOptions = {}): Promise<StorageEntry> {
    const tree = await this.#bulkTree();
    return tree.stat(path, { signal });
  }

  async readRanges(
    path: string,
    ranges: readonly { readonly offset: number; readonly length: number }[],
    { signal }: CallOptions = {},
  ): Promise<{ readonly size: number; readonly chunks: readonly Uint8Array[] }> {
    const tree = await this.#bulkTree();
    const { size, ranges: chunks } = await tree.readRanges(path, ranges, { signal });
    return { size, chunks };
  }

  async *readStream(
    path: string,
    { signal, start = 0 }: CallOptions & { readonly start?: number } = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const tree = await this.#bulkTree();
    await using file = await tree.open(path, { signal });
    for await (const chunk of file.readStream({ start, signal })) {
      yield chunk;
      // What was asked for ahead may all be here already; nobody wants it any more.
      if (signal?.aborted === true) {
        throw new TidewatchError('aborted', `Reading ${path} was aborted`);
      }
    }
  }

  async writeFile(
    path: string,
    content: Uint8Array | AsyncIterable<Uint8Array>,
    { signal, overwrite = true }: CallOptions & { readonly overwrite?: boolean } = {},
  ): Promise<number> {
    const tree = await this.#bulkTree();
    return tree.writeFile(path, content, { overwrite, signal });
  }

  watch(request: WatchRequest, listener: WatchListener): StorageWatch {
    if (this.recursion === 'complete') return this.#watchRoots.watch(request, listener);
    return new SmbWatch(this.#watchTree, request, listener);
  }
}

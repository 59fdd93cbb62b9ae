import type { TidewatchError } from '../errors/tidewatch-error.ts';

export type EntryKind = 'file' | 'directory' | 'link';

/**
 * One name of a directory as a listing tells it. Times in ms since 1970, fractions kept; 0 where there is
 * none, as of the directories of S3.
 */
export interface StorageEntry {
  readonly name: string;
  /** `link`: a symbolic link, junction or other reparse point; never followed. */
  readonly kind: EntryKind;
  /** Bytes; 0 for directories. */
  readonly size: number;
  readonly modifiedAt: number;
  readonly createdAt?: number | undefined;
  /** Identifies the file within its storage across renames, where the storage says. */
  readonly fileId?: bigint | undefined;
  /** Bits of MS-FSCC 2.6, where the storage has them: hidden, system, directory and others. */
  readonly attributes?: number | undefined;
  /** Which content it is, where the storage says: the ETag of S3, without quotes. */
  readonly etag?: string | undefined;
}

/** One thing that happened, as the storage reports it: a hint, never the truth. */
export interface StorageChange {
  readonly action: 'added' | 'removed' | 'modified' | 'renamed';
  /** Relative to the watched directory, `/` between names; '' is the directory itself. */
  readonly path: string;
  /** Only of `renamed`. */
  readonly oldPath?: string;
}

/** What to be told of, in the words of the contract. */
export const FILTER_NAMES = [
  'file_name',
  'dir_name',
  'size',
  'last_write',
  'attributes',
  'creation',
  'last_access',
  'security',
  'ea',
  'stream_name',
  'stream_size',
  'stream_write',
] as const;

export type FilterName = (typeof FILTER_NAMES)[number];

export interface WatchRequest {
  /** Of the directory, relative to the root of the storage, `/` between names; '' is the root. */
  readonly path: string;
  /** Also what the storage itself can report from below, which may be incomplete. */
  readonly recursive: boolean;
  /** Default: see the contract. */
  readonly filter?: readonly FilterName[] | undefined;
}

/** Why something may have been missed. */
export type LossReason = 'overflow' | 'malformed' | 'slow_consumer';

/**
 * Who hears of one watch. Calls come in the order `opened`, `armed`, then `changed` and `lost` in any
 * number, and `ended` at last; `ended` may come at any time and is not called after `close`.
 */
export interface WatchListener {
  /** The directory is open; the storage does not watch it yet. */
  opened(): void;
  /** Whatever happens from now on is told. List now. */
  armed(): void;
  changed(changes: readonly StorageChange[]): void;
  /** Something may have been missed: list again. The watch goes on. */
  lost(reason: LossReason): void;
  /**
   * It is over and holds nothing any more. Codes with a meaning of their own: `directory_deleted`,
   * `watch_ended`, `insufficient_resources`, `notify_unsupported`, `not_found`, `not_a_directory`,
   * `access_denied`, `disconnected`.
   */
  ended(reason: TidewatchError): void;
}

export interface StorageWatch {
  /** Identifies the directory that is watched within the storage; undefined until `opened`, or unknown. */
  readonly directoryId: bigint | undefined;
  /** Lets go of everything behind it. Never throws, never hangs; may be called again. */
  close(): Promise<void>;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface ListingOptions extends CallOptions {
  /**
   * Told when the directory itself was modified (a name came, went or was changed), ms since 1970, as of
   * before its first entry was read; by storages that know it. Of several calls the last counts.
   */
  readonly onModifiedAt?: ((modifiedAt: number) => void) | undefined;
}

/**
 * Files somewhere: a share of a server, a directory of this machine. Paths are relative to its root,
 * with `/` between names. Errors are TidewatchErrors. Which connections serve a call is its own affair.
 */
export interface Storage {
  readonly kind: 'smb' | 'local' | 's3';
  /**
   * How completely a recursive watch reports: `complete` (Windows, local disks) or `partial` (Samba:
   * nothing local and no content below the first level), so that each directory needs a watch.
   */
  readonly recursion: 'complete' | 'partial';
  /**
   * The entries of a directory, page by page, without `.` and `..`; complete or it throws. The order is
   * the storage's.
   */
  list(path: string, options?: ListingOptions): AsyncIterable<readonly StorageEntry[]>;
  /** The entry of this very name in a directory, case and all; undefined when there is none. */
  find(directory: string, name: string, options?: CallOptions): Promise<StorageEntry | undefined>;
  /** What stands at a path; links are told as links. Throws `not_found` and others. */
  stat(path: string, options?: CallOptions): Promise<StorageEntry>;
  /** Bytes of a file, all ranges from the same version of it as far as the storage can tell. */
  readRanges(
    path: string,
    ranges: readonly { readonly offset: number; readonly length: number }[],
    options?: CallOptions,
  ): Promise<{ readonly size: number; readonly chunks: readonly Uint8Array[] }>;
  /** The content of a file from a position on. */
  readStream(
    path: string,
    options?: CallOptions & { readonly start?: number },
  ): AsyncIterable<Uint8Array>;
  /** Writes a whole file; gives its bytes. With `overwrite: false` an existing one is `already_exists`. */
  writeFile(
    path: string,
    content: Uint8Array | AsyncIterable<Uint8Array>,
    options?: CallOptions & { readonly overwrite?: boolean },
  ): Promise<number>;
  /** Begins at once. Never throws: what is wrong is told by `ended`, on a later tick. */
  watch(request: WatchRequest, listener: WatchListener): StorageWatch;
}

import type { DirectoryTree } from '../directory-cache/directory-tree.ts';

/** The snapshot of a cache on disk. None of it throws. */
export interface CacheStore {
  /** Of the file. */
  readonly path: string;
  /** When it was written last; milliseconds since 1970. */
  readonly savedAt: number | undefined;
  /** Reads it into an empty tree; false when there is none that fits. */
  load(tree: DirectoryTree): Promise<boolean>;
  save(tree: DirectoryTree): Promise<void>;
  remove(): Promise<void>;
}

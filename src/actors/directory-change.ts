import type { StorageEntry } from '../storage/storage.ts';
import type { Change } from './watch-events.ts';

/** One change of a directory, with what is known of what it is about. */
export interface DirectoryChange {
  readonly action: Change['action'];
  /** Relative to the directory. */
  readonly path: string;
  readonly oldPath?: string | undefined;
  /** As it is now; of what was removed, as it was. Undefined when nobody looked. */
  readonly entry?: StorageEntry | undefined;
}

/** As readers are told. Of what was removed, size and time say nothing any more. */
export function toChange({ action, path, oldPath, entry }: DirectoryChange): Change {
  return {
    action,
    path,
    ...(oldPath !== undefined && { old_path: oldPath }),
    ...(entry !== undefined && { kind: entry.kind }),
    ...(entry !== undefined &&
      action !== 'removed' && {
        size: entry.size,
        modified_at: timeOf(entry.modifiedAt),
      }),
  };
}

/** Times that no calendar has (servers send those) count as the beginning of it. */
function timeOf(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString();
}

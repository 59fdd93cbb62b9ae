import { DEFAULTS } from '../../defaults.ts';
import { mapBounded } from './bounded-map.ts';
import type { ChangeTeller } from './change-teller.ts';
import type { DirectoryHandle } from './directory-handle.ts';
import { unmounted } from './end-of-watch.ts';
import { lookUp } from './local-list.ts';
import { childPath } from './local-path.ts';
import type { LocalRoot } from './local-root.ts';
import type { HeardNames } from './pending-names.ts';
import { WatchedDirectory } from './watched-directory.ts';

interface Place {
  readonly directory: WatchedDirectory;
  readonly handle: DirectoryHandle;
  readonly recursive: boolean;
}

/**
 * Tells what became of names that something was heard of: what is gone as `removed` (of a directory that
 * stands for everything below), what came or was replaced as `added`, the rest as `modified`.
 *
 * @throws TidewatchError `disconnected` when a volume below was mounted or unmounted.
 * @returns directories that are to be watched from now on, already part of the tree.
 */
export async function lookUpHeard(
  root: LocalRoot,
  { directory, handle, recursive }: Place,
  names: HeardNames,
  teller: ChangeTeller,
): Promise<WatchedDirectory[]> {
  const found = await mapBounded([...names.keys()], DEFAULTS.localLookups, async (name) => ({
    name,
    stats: await lookUp(root, handle, name),
  }));
  const unwatched: WatchedDirectory[] = [];
  const { path: above } = directory;
  let entriesChanged = false;
  for (const { name, stats } of found) {
    const path = childPath(above, name);
    const isNew = names.get(name) === 'entries';
    entriesChanged ||= isNew || stats === undefined;
    const child = directory.children.get(name);
    const isDirectory = stats?.isDirectory();
    if (stats === undefined || isDirectory !== true) {
      child?.drop();
      teller.tell(
        stats === undefined ? 'removed' : isNew ? 'added' : 'modified',
        path,
        isDirectory,
      );
      continue;
    }
    // Its files are out of reach, not deleted.
    if (child?.id !== undefined && child.id.dev !== stats.dev) throw unmounted();
    const isKnown = child?.is(stats) === true;
    if (!isKnown && child?.id !== undefined) teller.tell('removed', path, true);
    teller.tell(isNew && !isKnown ? 'added' : 'modified', path, true);
    if (!recursive || (isKnown && child.stop !== undefined)) continue;
    child?.drop();
    const fresh = new WatchedDirectory(directory, name);
    directory.children.set(name, fresh);
    unwatched.push(fresh);
  }
  // Its time changed with its entries, which is to be seen in the listing of its parent.
  if (entriesChanged && directory.parent !== undefined && teller.filter.directoryTimes) {
    teller.tell('modified', above, true);
  }
  return unwatched;
}

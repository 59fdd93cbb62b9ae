import type { DirectoryHandle } from './directory-handle.ts';
import type { DirectoryWatches } from './directory-watches.ts';
import { systemCode } from './local-error.ts';
import { childPath } from './local-path.ts';
import type { LocalRoot } from './local-root.ts';

/**
 * Listens to what happens to a path from above. The kernel tells who watches a directory nothing when one
 * of its ancestors is renamed, and its deletion only when nobody has it open any more.
 *
 * @returns how to stop. Ancestors that may not be read are left out.
 */
export async function watchAncestors(
  root: LocalRoot,
  watches: DirectoryWatches,
  path: string,
  concerned: () => void,
): Promise<() => void> {
  const stops: (() => void)[] = [];
  const stop = (): void => {
    for (const one of stops) one();
  };
  const listen = async (directory: DirectoryHandle, name: string): Promise<void> => {
    try {
      stops.push(watches.listen(directory, concerned, name));
    } catch (error) {
      if (systemCode(error) !== 'EACCES') throw error;
    } finally {
      await directory.close();
    }
  };
  try {
    const above = await root.openParent();
    if (above !== undefined) await listen(above, root.name);
    let ancestor = '';
    for (const name of path === '' ? [] : path.split('/')) {
      await listen(await root.openDirectory(ancestor), name);
      ancestor = childPath(ancestor, name);
    }
  } catch (error) {
    stop();
    throw error;
  }
  return stop;
}

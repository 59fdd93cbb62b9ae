import { Access, CreateOption } from '../wire/create.ts';
import { withCompoundOpen } from './opens.ts';
import type { TreeContext } from './contexts.ts';
import { entryOfOpen } from './entry.ts';
import type { Entry } from './entry.ts';
import { baseName } from './path.ts';
import type { RequestOptions } from './request.ts';

/**
 * What stands at a path, in one round trip: an open with nothing but the right to look. Links are
 * told as links, not followed.
 */
export async function stat(
  tree: TreeContext,
  path: string,
  options: RequestOptions = {},
): Promise<Entry> {
  const parameters = {
    access: Access.READ_ATTRIBUTES,
    options: CreateOption.OPEN_REPARSE_POINT,
    wantFileId: true,
  };
  const { opened } = await withCompoundOpen(tree, path, parameters, () => [], options);
  return entryOfOpen(baseName(path), opened);
}

import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { Entry, SmbTree } from '../../smb/index.ts';
import { parentOf } from '../paths.ts';
import { keyOf } from './watch-index.ts';

/** What a short name that Windows makes up for a long one looks like (MS-FSCC 2.1.5.2.1). */
const SHORT_NAME = /^[^.~]{1,6}~\d{1,6}(?:\.[^.]{1,3})?$/;
/** A name costs the server less than all names would, whether it is there or not. */
const SOME_NAME = 'tidewatch';

/**
 * Whether this account may list a directory: opening it for that is the proof. Throws `not_found`,
 * `not_a_directory`, `access_denied` and others.
 */
export async function proveListable(tree: SmbTree, path: string): Promise<void> {
  await tree.list(path, { pattern: SOME_NAME }).next();
}

/**
 * The entry of what a handle further up reports changes of under this very path. Undefined for what it
 * does not: what lies behind a link, what is told under another name, and what cannot be known.
 */
export async function directoryAt(tree: SmbTree, path: string): Promise<Entry | undefined> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  try {
    const entry = SHORT_NAME.test(name) ? await listed(tree, path, name) : await tree.stat(path);
    return entry?.kind === 'link' ? undefined : entry;
  } catch (error) {
    if (error instanceof TidewatchError && error.code === 'access_denied') return undefined;
    throw error;
  }
}

/** A stat finds a directory by its short name, too; a listing tells what it is really called. */
async function listed(tree: SmbTree, path: string, name: string): Promise<Entry | undefined> {
  for await (const page of tree.list(parentOf(path) ?? '', { pattern: name })) {
    const entry = page.find((one) => keyOf(one.name) === keyOf(name));
    if (entry !== undefined) return entry;
  }
  return undefined;
}

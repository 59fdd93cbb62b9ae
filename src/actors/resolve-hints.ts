import { diffListings, isSameFile } from '../storage/listing/diff-listings.ts';
import type { PackedListing } from '../storage/listing/packed-listing.ts';
import type { StorageEntry } from '../storage/storage.ts';
import type { DirectoryChange } from './directory-change.ts';
import type { Hints } from './hints.ts';

/** What has to be told so that a reader of `before` arrives at `after`. */
export function changesBetween(before: PackedListing, after: PackedListing): DirectoryChange[] {
  return diffListings(before, after).map(({ action, entry, oldName }) => ({
    action,
    path: entry.name,
    entry,
    ...(oldName !== undefined && { oldPath: oldName }),
  }));
}

/**
 * What has to be told after a whole listing: every difference, and of the names that were hinted also
 * what shows in no listing: that a file was written with size and time as before, or came and went.
 * Without `before` nothing is known of what readers have seen, so each hint is told.
 */
export function changesAfterListing(
  before: PackedListing | undefined,
  after: PackedListing,
  hints: Hints | undefined,
): DirectoryChange[] {
  const changes = before === undefined ? [] : changesBetween(before, after);
  if (hints === undefined) return changes;
  const told = new Set(changes.flatMap(({ path, oldPath }) => [path, oldPath]));
  for (const name of hints.names()) {
    if (told.has(name)) continue;
    const change = changeOfHint(name, after.get(name), hints, before === undefined);
    if (change !== undefined) changes.push(change);
  }
  return joinRenames(changes, hints.renames);
}

/** The same after looking up the hinted names one by one; `found` has each of them. */
export function changesAfterLookup(
  before: PackedListing | undefined,
  found: ReadonlyMap<string, StorageEntry | undefined>,
  hints: Hints,
): DirectoryChange[] {
  const changes: DirectoryChange[] = [];
  for (const [name, entry] of found) {
    const known = before?.get(name);
    if (entry === undefined && known !== undefined) {
      changes.push({ action: 'removed', path: name, entry: known });
    } else if (entry !== undefined && before !== undefined && known === undefined) {
      changes.push({ action: 'added', path: name, entry });
    } else if (entry !== undefined && known !== undefined && differs(known, entry)) {
      changes.push({ action: 'modified', path: name, entry });
    } else {
      const change = changeOfHint(name, entry, hints, before === undefined);
      if (change !== undefined) changes.push(change);
    }
  }
  return joinById(joinRenames(changes, hints.renames));
}

function changeOfHint(
  name: string,
  entry: StorageEntry | undefined,
  hints: Hints,
  tellAll: boolean,
): DirectoryChange | undefined {
  // Whoever listed in between may have seen it.
  if (entry === undefined) return { action: 'removed', path: name };
  const action = hints.actionOf(name);
  // That something changed in a directory is told by that directory.
  if (action === 'modified' && entry.kind === 'directory') return undefined;
  if (action === 'modified') return { action: 'modified', path: name, entry };
  return tellAll ? { action: 'added', path: name, entry } : undefined;
}

/** A removal and an addition that the storage called one rename. */
function joinRenames(
  changes: DirectoryChange[],
  renames: ReadonlyMap<string, string>,
): DirectoryChange[] {
  if (renames.size === 0) return changes;
  const added = new Map<string, DirectoryChange>();
  const removed = new Map<string, DirectoryChange>();
  for (const change of changes) {
    if (change.action === 'added') added.set(change.path, change);
    else if (change.action === 'removed') removed.set(change.path, change);
  }
  const joined = new Set<DirectoryChange>();
  const renamed: DirectoryChange[] = [];
  for (const [oldPath, path] of renames) {
    const [from, to] = [removed.get(oldPath), added.get(path)];
    if (from === undefined || to === undefined) continue;
    removed.delete(oldPath);
    added.delete(path);
    joined.add(from).add(to);
    renamed.push({ action: 'renamed', path, oldPath, entry: to.entry });
  }
  return [...changes.filter((change) => !joined.has(change)), ...renamed];
}

/**
 * A removal and an addition of one file: a rename, or a move between directories. In whatever order
 * they came; hard links, which share an id, are left alone.
 */
export function joinById<Of extends DirectoryChange>(changes: readonly Of[]): Of[] {
  const byId = new Map<bigint, { removed: Of[]; added: Of[] }>();
  for (const change of changes) {
    const id = change.entry?.fileId;
    if (id === undefined || (change.action !== 'removed' && change.action !== 'added')) continue;
    const pair = byId.get(id) ?? { removed: [], added: [] };
    pair[change.action].push(change);
    byId.set(id, pair);
  }
  const renamed = new Map<Of, Of>();
  const gone = new Set<Of>();
  for (const { removed, added } of byId.values()) {
    const [from] = removed;
    const [to] = added;
    if (from === undefined || to === undefined || removed.length > 1 || added.length > 1) continue;
    // One file that went and came under its own name, in whichever order, was not renamed.
    if (from.path === to.path || !isSameFile(from.entry!, to.entry!)) continue;
    gone.add(from);
    renamed.set(to, { ...to, action: 'renamed', oldPath: from.path });
  }
  if (renamed.size === 0) return [...changes];
  return changes
    .filter((change) => !gone.has(change))
    .map((change) => renamed.get(change) ?? change);
}

function differs(one: StorageEntry, other: StorageEntry): boolean {
  if (one.kind !== other.kind || one.fileId !== other.fileId) return true;
  if (one.kind === 'directory') return false;
  return one.size !== other.size || one.modifiedAt !== other.modifiedAt;
}

import type { StorageEntry } from '../storage.ts';
import type { PackedListing } from './packed-listing.ts';
import type { PackedRecords } from './packed-records.ts';

export interface ListingDifference {
  readonly action: 'added' | 'removed' | 'modified' | 'renamed';
  /** As it is now; of `removed` as it was. */
  readonly entry: StorageEntry;
  /** Only of `renamed`. */
  readonly oldName?: string;
}

/**
 * What has to happen to `before` so that it becomes `after`: removed, renamed, modified, added, each in
 * the order of the (new) names by UTF-16 unit.
 *
 * Modified is what differs in kind, size, modifiedAt or fileId; of directories sizes and times say
 * nothing about themselves and are left out. Renamed is what keeps fileId and kind under another name,
 * if no other entry of either listing has that id: hard links share theirs. Whatever it differs in
 * besides is not told on its own.
 */
export function diffListings(before: PackedListing, after: PackedListing): ListingDifference[] {
  const old = before.pack();
  const present = after.pack();
  const removed: number[] = [];
  const modified: number[] = [];
  const added: number[] = [];
  let index = 0;
  let oldIndex = 0;
  while (oldIndex < old.count && index < present.count) {
    // Mostly nothing has changed, and bytes compare fast.
    const same = old.equals(oldIndex, present, index);
    const order = same ? 0 : old.compareNames(oldIndex, present, index);
    if (order < 0) removed.push(oldIndex);
    else if (order > 0) added.push(index);
    else if (!same && differ(old.entry(oldIndex), present.entry(index))) modified.push(index);
    if (order <= 0) oldIndex += 1;
    if (order >= 0) index += 1;
  }
  for (; oldIndex < old.count; oldIndex += 1) removed.push(oldIndex);
  for (; index < present.count; index += 1) added.push(index);

  const renamed = pairRenames(old, removed, present, added);
  const gone = new Set(renamed.values());
  const differences: ListingDifference[] = [];
  for (const i of removed) {
    if (!gone.has(i)) differences.push({ action: 'removed', entry: old.entry(i) });
  }
  for (const i of added) {
    const from = renamed.get(i);
    if (from === undefined) continue;
    differences.push({ action: 'renamed', entry: present.entry(i), oldName: old.name(from) });
  }
  for (const i of modified) differences.push({ action: 'modified', entry: present.entry(i) });
  for (const i of added) {
    if (!renamed.has(i)) differences.push({ action: 'added', entry: present.entry(i) });
  }
  return differences;
}

function differ(a: StorageEntry, b: StorageEntry): boolean {
  if (a.kind !== b.kind || a.fileId !== b.fileId) return true;
  if (a.kind === 'directory') return false;
  return a.size !== b.size || !Object.is(a.modifiedAt, b.modifiedAt);
}

/**
 * Whether an entry that is new can be the one of the same id that is gone. Disks give the id of a file
 * that is gone to the next one, which was made later; Samba may date one and the same earlier than before.
 */
export function isSameFile(gone: StorageEntry, added: StorageEntry): boolean {
  if (gone.kind !== added.kind) return false;
  const { createdAt: before = Infinity } = gone;
  return added.createdAt === undefined || added.createdAt <= before;
}

/** Indices of entries that were added, each with the index of the removed one that it was before. */
function pairRenames(
  old: PackedRecords,
  removed: readonly number[],
  present: PackedRecords,
  added: readonly number[],
): Map<number, number> {
  const pairs = new Map<number, number>();
  const removedById = byId(old, removed);
  const candidates = new Map<bigint, number>();
  for (const [id, index] of byId(present, added)) {
    if (removedById.has(id)) candidates.set(id, index);
  }
  if (candidates.size === 0) return pairs;
  const ambiguous = new Set([...repeatedIds(old, candidates), ...repeatedIds(present, candidates)]);
  for (const [id, index] of candidates) {
    const from = removedById.get(id) ?? 0;
    if (!ambiguous.has(id) && isSameFile(old.entry(from), present.entry(index))) {
      pairs.set(index, from);
    }
  }
  return pairs;
}

function byId(records: PackedRecords, indices: readonly number[]): Map<bigint, number> {
  const found = new Map<bigint, number>();
  for (const index of indices) {
    const id = records.fileId(index);
    if (id !== undefined) found.set(id, index);
  }
  return found;
}

/** Which of the ids several entries have. */
function repeatedIds(records: PackedRecords, ids: ReadonlyMap<bigint, unknown>): Set<bigint> {
  const once = new Set<bigint>();
  const repeated = new Set<bigint>();
  for (let index = 0; index < records.count; index += 1) {
    const id = records.fileId(index);
    if (id === undefined || !ids.has(id)) continue;
    if (once.has(id)) repeated.add(id);
    else once.add(id);
  }
  return repeated;
}

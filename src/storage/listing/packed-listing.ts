import type { EntryKind, StorageEntry } from '../storage.ts';
import type { PackedRecords } from './packed-records.ts';
import { RecordWriter } from './record-writer.ts';

/** Single changes stand beside the packed records until there are this many, or ... */
const FEWEST_CHANGES = 32;
/** ... a 64th of the records: packing anew costs a fraction of a microsecond for each record. */
const RECORDS_PER_CHANGE = 64;
/** About what an entry takes outside the packed records, without its name. */
const CHANGE_BYTES = 240;
/** About what the objects take that an empty listing consists of. */
const EMPTY_BYTES = 400;

/**
 * The entries of one directory in as little memory as possible: about 40 bytes and the name for each,
 * Latin-1 names at one byte a letter. Names are kept as they are, unpaired surrogates included; whatever
 * differs in any UTF-16 unit is another name.
 */
export class PackedListing {
  #records: PackedRecords;
  /** What changed since, undefined what went away; names of the records or new ones. */
  #changes: Map<string, StorageEntry | undefined> | undefined = undefined;
  #size: number;

  constructor(records: PackedRecords) {
    this.#records = records;
    this.#size = records.count;
  }

  /** Of equal names the last one stays. */
  static from(entries: Iterable<StorageEntry>): PackedListing {
    const writer = new RecordWriter();
    for (const entry of entries) writer.append(entry);
    return new PackedListing(writer.pack());
  }

  get size(): number {
    return this.#size;
  }

  /** Memory that is held, in bytes; about. */
  get bytes(): number {
    let bytes = EMPTY_BYTES + this.#records.memory.length;
    for (const name of this.#changes?.keys() ?? []) bytes += CHANGE_BYTES + 2 * name.length;
    return bytes;
  }

  get(name: string): StorageEntry | undefined {
    if (this.#changes?.has(name) === true) return this.#changes.get(name);
    const index = this.#records.find(name);
    return index < 0 ? undefined : this.#records.entry(index);
  }

  has(name: string): boolean {
    if (this.#changes?.has(name) === true) return this.#changes.get(name) !== undefined;
    return this.#records.find(name) >= 0;
  }

  /** Adds the entry, or replaces the one of that name. */
  set(entry: StorageEntry): void {
    if (!this.has(entry.name)) this.#size += 1;
    this.#change(entry.name, copyOf(entry));
  }

  /** Whether there was such a name. */
  delete(name: string): boolean {
    if (!this.has(name)) return false;
    this.#size -= 1;
    this.#change(name, undefined);
    return true;
  }

  /** In the order of the names, by UTF-16 unit; as they are now, whatever changes meanwhile. */
  entries(): IterableIterator<StorageEntry> {
    return merged(this.#records, this.#sortedChanges(), undefined);
  }

  /** Names of the directories, in the same order. */
  *directories(): IterableIterator<string> {
    for (const { name } of merged(this.#records, this.#sortedChanges(), 'directory')) yield name;
  }

  /** Everything as packed records, which stay as they are when the listing changes. */
  pack(): PackedRecords {
    if (this.#changes !== undefined) {
      this.#records = packed(this.#records, this.#sortedChanges());
      this.#changes = undefined;
    }
    return this.#records;
  }

  #change(name: string, entry: StorageEntry | undefined): void {
    this.#changes ??= new Map();
    this.#changes.set(name, entry);
    const most = Math.max(FEWEST_CHANGES, this.#records.count / RECORDS_PER_CHANGE);
    if (this.#changes.size > most) this.pack();
  }

  #sortedChanges(): SortedChanges {
    // By UTF-16 unit, as the records are; no two are equal.
    return [...(this.#changes ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

/** Makes a listing of the pages that a storage gives. */
export class ListingBuilder {
  readonly #writer = new RecordWriter();

  /** Entries so far; names that came twice count twice. */
  get size(): number {
    return this.#writer.count;
  }

  add(page: readonly StorageEntry[]): void {
    for (const entry of page) this.#writer.append(entry);
  }

  /** Once, at the end. Of equal names the last one stays. */
  build(): PackedListing {
    return new PackedListing(this.#writer.pack());
  }
}

type SortedChanges = readonly (readonly [name: string, entry: StorageEntry | undefined])[];

function* merged(
  records: PackedRecords,
  changes: SortedChanges,
  kind: EntryKind | undefined,
): IterableIterator<StorageEntry> {
  let index = 0;
  for (const [name, entry] of changes) {
    const found = records.find(name);
    const end = found < 0 ? ~found : found;
    for (; index < end; index += 1) {
      if (kind === undefined || records.kind(index) === kind) yield records.entry(index);
    }
    if (found >= 0) index += 1;
    if (entry !== undefined && (kind === undefined || entry.kind === kind)) yield entry;
  }
  for (; index < records.count; index += 1) {
    if (kind === undefined || records.kind(index) === kind) yield records.entry(index);
  }
}

function packed(records: PackedRecords, changes: SortedChanges): PackedRecords {
  const writer = new RecordWriter(records.memory.length + changes.length * CHANGE_BYTES);
  let index = 0;
  for (const [name, entry] of changes) {
    const found = records.find(name);
    const end = found < 0 ? ~found : found;
    writer.copy(records, index, end);
    index = found < 0 ? end : end + 1;
    if (entry !== undefined) writer.append(entry);
  }
  writer.copy(records, index, records.count);
  return writer.pack();
}

/** As it comes back out of packed records. */
function copyOf(entry: StorageEntry): StorageEntry {
  const { name, kind, size, modifiedAt, createdAt, fileId } = entry;
  return {
    name,
    kind,
    size,
    modifiedAt: modifiedAt + 0,
    createdAt,
    fileId: fileId === undefined ? undefined : BigInt.asUintN(64, fileId),
  };
}

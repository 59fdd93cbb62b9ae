import { ListingFingerprint } from '../storage/listing/listing-fingerprint.ts';
import { ListingBuilder } from '../storage/listing/packed-listing.ts';
import type { PackedListing } from '../storage/listing/packed-listing.ts';
import type { Storage, StorageEntry } from '../storage/storage.ts';
import type { DirectoryChange } from './directory-change.ts';
import type { Hints } from './hints.ts';
import { changesAfterListing, changesAfterLookup, changesBetween } from './resolve-hints.ts';

/** One complete listing, as much of it as is kept. */
export interface Reading {
  /** Undefined when nobody wants it, or when there are too many entries. */
  readonly listing: PackedListing | undefined;
  readonly isTooLarge: boolean;
  readonly fingerprint: string;
  /** When the directory itself was modified, as of before the listing; where the storage knows it. */
  readonly modifiedAt: number | undefined;
  /** How much had been heard of it when the listing began. */
  readonly heard: number;
}

/**
 * Lists a directory completely, or throws: what was read before a failure says nothing about what is
 * missing.
 */
export async function readDirectory(
  storage: Storage,
  path: string,
  options: { readonly keepUpTo: number; readonly signal: AbortSignal; readonly heard: number },
): Promise<Reading> {
  const { keepUpTo, signal, heard } = options;
  let modifiedAt: number | undefined;
  const onModifiedAt = (at: number): void => {
    modifiedAt = at;
  };
  const fingerprint = new ListingFingerprint();
  let builder = keepUpTo > 0 ? new ListingBuilder() : undefined;
  for await (const page of storage.list(path, { signal, onModifiedAt })) {
    for (const entry of page) fingerprint.add(entry);
    builder?.add(page);
    if (builder !== undefined && builder.size > keepUpTo) builder = undefined;
  }
  const isTooLarge = keepUpTo > 0 && builder === undefined;
  const listing = builder?.build();
  return { listing, isTooLarge, fingerprint: fingerprint.value, modifiedAt, heard };
}

/**
 * What is known of a directory: what its readers were told, so that anything else is news. Where nobody
 * asked for changes, or there are too many entries, only a fingerprint is kept.
 */
export class DirectoryContent {
  #listing: PackedListing | undefined;
  #fingerprint: string | undefined;
  /**
   * Readers were told of a change since the fingerprint was taken: what they have listed meanwhile is
   * not known, so the fingerprint says nothing about it.
   */
  uncertain = false;
  /** Of the last reading that agreed with what is known. */
  #modifiedAt: number | undefined;
  #heard = 0;
  /** What reads or looks up now; the next one waits, or the older of two could be taken for news. */
  #busy: Promise<unknown> | undefined;

  /** There are more entries than are kept, as of the last listing. */
  isTooLarge = false;

  get listing(): PackedListing | undefined {
    return this.#listing;
  }

  /** One reading at a time. */
  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    while (this.#busy !== undefined) await this.#busy;
    const running = work();
    const busy = running.catch(() => undefined);
    this.#busy = busy;
    try {
      return await running;
    } finally {
      if (this.#busy === busy) this.#busy = undefined;
    }
  }

  get known(): boolean {
    return this.#listing !== undefined || this.#fingerprint !== undefined;
  }

  /** Forgets the entries, since nobody wants them any more. */
  keepFingerprintOnly(): void {
    if (this.#listing === undefined) return;
    const fingerprint = new ListingFingerprint();
    for (const entry of this.#listing.entries()) fingerprint.add(entry);
    this.#fingerprint = fingerprint.value;
    this.#listing = undefined;
  }

  /** Whether a reading shows anything that is not known. */
  differsFrom(reading: Reading): boolean {
    if (this.#listing !== undefined && reading.listing !== undefined) {
      return changesBetween(this.#listing, reading.listing).length > 0;
    }
    return this.#fingerprint !== undefined && this.#fingerprint !== reading.fingerprint;
  }

  /** The directory itself was modified since the last reading: a name may have come and gone. */
  hasMoved({ modifiedAt }: Reading): boolean {
    if (this.#modifiedAt === undefined || modifiedAt === undefined) return false;
    return this.#modifiedAt !== modifiedAt;
  }

  /** The same, and nothing was heard of the directory that might explain it. */
  hasMovedUnheard(reading: Reading): boolean {
    return this.hasMoved(reading) && this.#heard === reading.heard;
  }

  /** What a reading shows is known. */
  agreed({ modifiedAt, heard }: Reading): void {
    this.#modifiedAt = modifiedAt;
    this.#heard = heard;
  }

  /** Names that differ; undefined when only fingerprints can be compared. */
  differences(reading: Reading): Map<string, DirectoryChange> | undefined {
    if (this.#listing === undefined || reading.listing === undefined) return undefined;
    const changes = changesBetween(this.#listing, reading.listing);
    return new Map(changes.map((change) => [change.path, change]));
  }

  /** Takes a reading for what is known, and gives what has to be told for it. */
  adopt(reading: Reading, hints: Hints | undefined): DirectoryChange[] {
    const changes =
      reading.listing === undefined
        ? []
        : changesAfterListing(this.#listing, reading.listing, hints);
    this.#listing = reading.listing;
    this.isTooLarge = reading.isTooLarge;
    this.agreed(reading);
    // With the entries at hand the fingerprint is made when it is needed.
    this.#fingerprint = reading.listing === undefined ? reading.fingerprint : undefined;
    return changes;
  }

  /** The same for names that were looked up one by one. */
  adoptNames(
    found: ReadonlyMap<string, StorageEntry | undefined>,
    hints: Hints,
  ): DirectoryChange[] {
    const changes = changesAfterLookup(this.#listing, found, hints);
    for (const [name, entry] of found) {
      if (entry === undefined) this.#listing?.delete(name);
      else this.#listing?.set(entry);
    }
    return changes;
  }
}

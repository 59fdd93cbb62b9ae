import { hash } from 'node:crypto';
import type { StorageEntry } from '../storage.ts';

/** What an answer tells of an object; all of it may be missing. */
export interface ObjectFacts {
  readonly ETag?: string | undefined;
  readonly Size?: number | undefined;
  readonly LastModified?: Date | undefined;
}

/** Without quotes and the mark of a weak one, which services set as they please; undefined if empty. */
export function plainEtag(etag: string | undefined): string | undefined {
  const plain = etag?.replace(/^W\//, '').replace(/^"(.*)"$/s, '$1');
  return plain === '' ? undefined : plain;
}

/** As a header wants it. */
export function quotedEtag(etag: string): string {
  return `"${etag}"`;
}

/**
 * An object as a file. Objects have no identity of their own: the number stands for this content under
 * this key, so that another ETag is a modification, even with the same size within the same second, and
 * nothing is ever taken for renamed.
 */
export function fileEntry(name: string, key: string, facts: ObjectFacts): StorageEntry {
  const etag = plainEtag(facts.ETag);
  return {
    name,
    kind: 'file',
    size: facts.Size ?? 0,
    modifiedAt: facts.LastModified?.getTime() ?? 0,
    fileId: numberOf(`${key}\0${etag ?? ''}`),
    etag,
  };
}

/** A common prefix as a directory, which has no time. */
export function directoryEntry(name: string, path: string): StorageEntry {
  return { name, kind: 'directory', size: 0, modifiedAt: 0, fileId: numberOf(`${path}/`) };
}

/** The last name of a path. */
export function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function numberOf(text: string): bigint {
  return hash('sha256', text, 'buffer').readBigUInt64LE();
}

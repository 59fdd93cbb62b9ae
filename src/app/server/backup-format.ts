import { z } from 'zod';

/*
 * A backup is lines of JSON: a head; the dump of the tables as `src/db/dump-tables.ts` writes it; a line
 * with the keys, or null for none; an end that says how long the dump is and has a SHA-256 of every byte
 * of the file before the sum itself.
 */

export const BACKUP_FORMAT = 'tidewatch-backup';
export const BACKUP_VERSION = 1;

/** The first line. */
export interface BackupHead {
  readonly format: typeof BACKUP_FORMAT;
  readonly version: number;
  /** Version of the program that wrote it. */
  readonly program: string;
  /** ISO 8601 UTC. */
  readonly created_at: string;
}

export const backupHead: z.ZodType<BackupHead> = z.object({
  format: z.literal(BACKUP_FORMAT),
  version: z.int().min(1),
  program: z.string(),
  created_at: z.iso.datetime(),
});

/**
 * Secret keys under a passphrase: AES-256-GCM (tag last) under a key that scrypt (RFC 7914) makes of the
 * passphrase and the salt. Bytes are base64.
 */
export interface SealedKeys {
  /** Ids of the keys, newest first. */
  readonly ids: readonly string[];
  readonly log_blocks: number;
  readonly block_size: number;
  readonly rounds: number;
  readonly salt: string;
  readonly nonce: string;
  readonly sealed: string;
}

/** The bounds keep a file from asking for a gigabyte or an hour. */
const sealedKeys: z.ZodType<SealedKeys> = z.strictObject({
  ids: z.array(z.string()).min(1),
  log_blocks: z.int().min(10).max(17),
  block_size: z.int().min(1).max(8),
  rounds: z.int().min(1).max(8),
  salt: z.base64(),
  nonce: z.base64(),
  sealed: z.base64(),
});

/** The line before the last. */
export const backupKeys = z.strictObject({ keys: sealedKeys.nullable() });

const SUM_CHARS = 64;
const AFTER_SUM = '"}\n';
/** Bytes of the last line at most. */
export const END_BYTES = 128;
/** Bytes at the end that the sum does not cover: itself, and what closes the line. */
export const UNCOVERED_BYTES = SUM_CHARS + AFTER_SUM.length;

/** The last line, up to the sum, which covers this as well. */
export function beforeSum(dumpBytes: number): string {
  return `{"dump_bytes":${dumpBytes},"sha256":"`;
}

export function withSum(sha256: string): string {
  return `${sha256}${AFTER_SUM}`;
}

export interface BackupEnd {
  readonly dumpBytes: number;
  readonly sha256: string;
  /** Of the line itself. */
  readonly bytes: number;
}

/** What the last bytes of a file say; undefined when they are no end of a backup. */
export function parseEnd(tail: string): BackupEnd | undefined {
  const match = /\{"dump_bytes":(\d{1,15}),"sha256":"([0-9a-f]{64})"\}\n$/.exec(tail);
  if (match === null) return undefined;
  const [line, dumpBytes = '', sha256 = ''] = match;
  return { dumpBytes: Number(dumpBytes), sha256, bytes: line.length };
}

import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { DumpManifest } from '../../db/dump-tables.ts';
import { damaged, readDump } from '../../db/read-dump.ts';
import { BACKUP_VERSION, END_BYTES, UNCOVERED_BYTES } from './backup-format.ts';
import { backupHead, backupKeys, parseEnd } from './backup-format.ts';
import type { BackupEnd, BackupHead, SealedKeys } from './backup-format.ts';
import { fileError } from './backup-place.ts';

/** More than a first line has. */
const HEAD_BYTES = 1_024;
const LINE_FEED = 0x0a;

/** A backup that was read from end to end and is as it was written. */
export interface OpenBackup {
  readonly head: BackupHead;
  /** Null when it was made without. */
  readonly keys: SealedKeys | null;
  readonly manifest: DumpManifest;
  /** The dump of the tables. */
  tables(): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/**
 * Opens a backup and verifies all of it.
 *
 * @throws TidewatchError `dump_damaged` when it is no backup, is cut, was altered, or comes from a newer
 * version; `not_found`, `access_denied`.
 */
export async function openBackup(path: string): Promise<OpenBackup> {
  const file = await open(path).catch((error: unknown) => {
    throw fileError('read', path, error);
  });
  try {
    return await verified(file);
  } catch (error) {
    await file.close();
    throw fileError('read', path, error);
  }
}

async function verified(file: FileHandle): Promise<OpenBackup> {
  const { size } = await file.stat();
  const { bytes: headBytes, head } = await readHead(file);
  const end = parseEnd(
    (await section(file, Math.max(0, size - END_BYTES), size)).toString('latin1'),
  );
  const keysStart = headBytes + (end?.dumpBytes ?? 0);
  const keysEnd = size - (end?.bytes ?? 0);
  if (end === undefined || keysStart >= keysEnd) throw damaged('it is cut, or its end was altered');
  await expectSum(file, size, end);
  const keys = readKeys(await section(file, keysStart, keysEnd));
  const tables = (): AsyncIterable<Uint8Array> => bytesOf(file, headBytes, keysStart);
  let manifest: DumpManifest | undefined;
  for await (const part of readDump(tables())) {
    if (part.kind === 'manifest') manifest = part.manifest;
  }
  if (manifest === undefined) throw damaged('it has no manifest');
  return { head, keys, manifest, tables, close: () => file.close() };
}

async function readHead(file: FileHandle): Promise<{ head: BackupHead; bytes: number }> {
  const first = await section(file, 0, HEAD_BYTES);
  const bytes = first.indexOf(LINE_FEED) + 1;
  const parsed = backupHead.safeParse(parse(first.subarray(0, bytes)));
  if (!parsed.success) throw damaged('it is no backup of Tidewatch');
  const head = parsed.data;
  // Before anything else is looked at, which may be another way there.
  if (head.version > BACKUP_VERSION) {
    throw damaged(`a newer version of Tidewatch made it (${head.program})`);
  }
  return { head, bytes };
}

async function expectSum(file: FileHandle, size: number, { sha256 }: BackupEnd): Promise<void> {
  const hash = createHash('sha256');
  for await (const chunk of bytesOf(file, 0, size - UNCOVERED_BYTES)) hash.update(chunk);
  if (hash.digest('hex') !== sha256) throw damaged('its checksum is another one');
}

function readKeys(line: Buffer): SealedKeys | null {
  const parsed = backupKeys.safeParse(parse(line));
  if (parsed.success) return parsed.data.keys;
  throw damaged('the line of its keys is none');
}

function parse(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The bytes from `start` up to `end`, or to the end of the file. */
async function section(file: FileHandle, start: number, end: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytesOf(file, start, end)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function bytesOf(file: FileHandle, start: number, end: number): AsyncIterable<Uint8Array> {
  return file.createReadStream({ start, end: end - 1, autoClose: false });
}

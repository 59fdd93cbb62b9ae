import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { keyUse } from '../../accounts/keys/key-check.ts';
import type { Database } from '../../db/database.ts';
import { dumpTables } from '../../db/dump-tables.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { SecretKey } from '../../secrets/secret-key.ts';
import { packageVersion } from '../package-version.ts';
import { BACKUP_FORMAT, BACKUP_VERSION, beforeSum, withSum } from './backup-format.ts';
import type { BackupHead, SealedKeys } from './backup-format.ts';
import { expectLongEnough, sealKeys } from './backup-keys.ts';

export interface BackupSource {
  readonly db: Database;
  /** All keys of the server, newest first. */
  readonly keys: () => Promise<readonly SecretKey[]>;
  /** With one, the keys go into the backup. */
  readonly passphrase?: string | undefined;
  /** Milliseconds since 1970. */
  readonly wall: () => number;
  readonly signal?: AbortSignal | undefined;
}

/** What a backup holds. */
export interface BackupSummary {
  readonly bytes: number;
  /** ISO 8601 UTC. */
  readonly createdAt: string;
  /** Rows of each table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Ids of the keys in it. */
  readonly keyIds: readonly string[];
  /** Ids of the keys that the stored secrets in it need. */
  readonly neededKeyIds: readonly string[];
}

/**
 * Writes a backup into a new file that only its owner can read, and waits until it is on the disk. On
 * failure no file stays.
 *
 * @throws TidewatchError `invalid_argument` for a passphrase that is too short; `secret_key_missing` when
 * a key is wanted that is not there; `not_found` when the database is empty; what the file fails with.
 */
export async function writeBackup(path: string, source: BackupSource): Promise<BackupSummary> {
  if (source.passphrase !== undefined) expectLongEnough(source.passphrase);
  const file = await open(path, 'wx', 0o600);
  try {
    const hash = createHash('sha256');
    let bytes = 0;
    const put = async (text: string): Promise<void> => {
      source.signal?.throwIfAborted();
      const chunk = Buffer.from(text);
      hash.update(chunk);
      bytes += chunk.byteLength;
      await file.writeFile(chunk);
    };
    const head = headAt(source.wall());
    await put(`${JSON.stringify(head)}\n`);
    const headBytes = bytes;
    const { tables } = await dumpTables(source.db, put);
    const dumpBytes = bytes - headBytes;
    const rows = Object.fromEntries(Object.entries(tables).map(([name, sum]) => [name, sum.rows]));
    expectRows(rows);
    // After the tables: a key that was changed meanwhile is in the ring, and so are those before it.
    const needed = (await keyUse(source.db.em())).sealing;
    const keys = await sealedKeys(source, needed, head);
    await put(`${JSON.stringify({ keys })}\n`);
    await put(beforeSum(dumpBytes));
    await put(withSum(hash.copy().digest('hex')));
    await file.sync();
    await file.close();
    const ids = keys?.ids ?? [];
    return { bytes, createdAt: head.created_at, rows, keyIds: ids, neededKeyIds: needed };
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(path, { force: true });
    throw error;
  }
}

function headAt(wall: number): BackupHead {
  return {
    format: BACKUP_FORMAT,
    version: BACKUP_VERSION,
    program: packageVersion(),
    created_at: new Date(wall).toISOString(),
  };
}

/** A database in which nothing ever was is mostly another one than was meant. */
function expectRows(rows: Readonly<Record<string, number>>): void {
  if (Object.values(rows).some((count) => count > 0)) return;
  throw new TidewatchError('not_found', 'the database is empty: there is nothing to back up');
}

async function sealedKeys(
  { keys: loadKeys, passphrase }: BackupSource,
  needed: readonly string[],
  head: BackupHead,
): Promise<SealedKeys | null> {
  if (passphrase === undefined) return null;
  const keys = await loadKeys();
  const missing = needed.filter((id) => !keys.some((key) => key.id === id));
  if (missing.length > 0) {
    const message = `the stored secrets need the key ${missing.join(', ')}, which is not there`;
    throw new TidewatchError('secret_key_missing', message);
  }
  return keys.length === 0 ? null : await sealKeys(keys, passphrase, head);
}

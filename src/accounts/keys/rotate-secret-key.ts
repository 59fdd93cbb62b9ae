import type { Database } from '../../db/database.ts';
import { DEFAULTS } from '../../defaults.ts';
import { KeyRing } from '../../secrets/key-ring.ts';
import { SecretBox } from '../../secrets/secret-box.ts';
import type { SecretKey } from '../../secrets/secret-key.ts';
import { noteNewest } from './key-check.ts';
import { SEALED_TABLES } from './sealed-tables.ts';
import type { SealedTable } from './sealed-tables.ts';

export interface RotationOptions {
  /** Rows of one transaction. */
  readonly rows?: number;
  readonly at?: Date;
  /** Called after each transaction with the rows done so far. */
  readonly onProgress?: (rows: number) => void;
}

/**
 * Seals everything anew with another key, some rows at a time. What a crash leaves undone is done by
 * calling it again with the same keys: each row says which key it needs. The old keys have to be kept
 * until it is through.
 *
 * @returns rows that were sealed anew.
 * @throws TidewatchError `secret_key_missing` when a row needs a key that is not given,
 * `secret_unreadable` when one was altered.
 */
export async function rotateSecretKey(
  db: Database,
  oldKeys: readonly SecretKey[],
  newKey: SecretKey,
  options: RotationOptions = {},
): Promise<number> {
  const { at = new Date(), onProgress, rows = DEFAULTS.rotateRows } = options;
  const box = new SecretBox(new KeyRing([newKey, ...oldKeys]));
  // First, so that a start in between expects the new key as well.
  await db.transaction((em) => noteNewest(em, box.ring, at));
  let done = 0;
  for (const table of SEALED_TABLES) {
    for (;;) {
      const step = await sealSome(db, table, box, rows);
      if (step === 0) break;
      done += step;
      onProgress?.(done);
    }
  }
  return done;
}

function sealSome(
  db: Database,
  table: SealedTable,
  box: SecretBox,
  limit: number,
): Promise<number> {
  const { id } = box.ring.newest;
  return db.transaction(async (em) => {
    const rows = await table.othersThan(em, id, limit);
    for (const { row, sealed } of rows) {
      const place = { table: table.table, column: table.column, row };
      const plain = box.open(sealed, place);
      await table.replace(em, { row, keyId: id, sealed: box.seal(plain, place) });
      plain.fill(0);
    }
    return rows.length;
  });
}

import type { EntityManager } from '../../db/database.ts';
import { SCHEMA } from '../../db/orm-options.ts';
import { KEY_ID_BYTES } from '../../secrets/secret-key.ts';

/** A row with something sealed in it. */
export interface SealedRow {
  /** Primary key. */
  readonly row: string;
  /** What sealed it. */
  readonly keyId: string;
  readonly sealed: Uint8Array;
}

/**
 * A table that has a sealed column. `table` and `column` are what is sealed is bound to: they never
 * change, whatever the table is called.
 */
export interface SealedTable {
  readonly table: string;
  readonly column: string;
  /** Ids of all keys that rows are sealed with. */
  keyIds(em: EntityManager): Promise<readonly string[]>;
  /** Some rows that are sealed with another key, locked until the transaction ends. */
  othersThan(em: EntityManager, keyId: string, limit: number): Promise<readonly SealedRow[]>;
  /** Replaces what is sealed in a row, and the id of the key beside it. Its version stays: nothing changed that people see. */
  replace(em: EntityManager, row: SealedRow): Promise<void>;
}

interface RawRow {
  readonly row: string;
  readonly key_id: string;
  readonly sealed: Uint8Array;
}

/** Every table with something sealed; a test holds it against the columns of the database. */
export const SEALED_TABLES: readonly SealedTable[] = [
  sealedTable('connection', 'secrets', 'id'),
  sealedTable('system_setting', 'sealed', 'key'),
];

function sealedTable(table: string, column: string, primary: string): SealedTable {
  const from = `from "${SCHEMA}"."${table}" where "${column}" is not null`;
  // What is sealed names its key itself: the column `key_id` is for people.
  const keyId = `encode(substring("${column}" from 2 for ${KEY_ID_BYTES}), 'hex')`;
  return {
    table,
    column,
    keyIds: async (em) => {
      const rows = await em.execute<RawRow[]>(`select distinct ${keyId} as "key_id" ${from}`);
      return rows.map((row) => row.key_id);
    },
    othersThan: async (em, id, limit) => {
      const columns = `"${primary}" as "row", ${keyId} as "key_id", "${column}" as "sealed"`;
      const order = `order by "${primary}" limit ? for update`;
      const sql = `select ${columns} ${from} and ${keyId} <> ? ${order}`;
      const rows = await em.execute<RawRow[]>(sql, [id, limit]);
      return rows.map(({ key_id, row, sealed }) => ({ row, keyId: key_id, sealed }));
    },
    replace: async (em, { keyId: id, row, sealed }) => {
      const sql = `update "${SCHEMA}"."${table}" set "${column}" = ?, "key_id" = ?`;
      await em.execute(`${sql} where "${primary}" = ?`, [Buffer.from(sealed), id, row]);
    },
  };
}

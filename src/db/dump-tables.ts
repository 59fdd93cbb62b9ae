import { createHash } from 'node:crypto';
import { IsolationLevel } from '@mikro-orm/core';
import type { Database } from './database.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { lineOf, readTable, useExactTexts } from './read-table.ts';
import type { TableSum } from './read-table.ts';
import { tableShapes } from './table-shapes.ts';

/*
 * A dump is lines of JSON: a head; for each table an object that names its columns and an array for
 * each row, of texts and nulls; last a manifest with the sum of each table and of all lines before.
 */

export const DUMP_FORMAT = 'tidewatch-tables';
export const DUMP_VERSION = 1;

export interface DumpHead {
  readonly format: typeof DUMP_FORMAT;
  readonly version: number;
  /** Name of the last migration that made the tables. */
  readonly schema: string;
  /** ISO 8601 UTC. */
  readonly created_at: string;
}

export interface DumpSection {
  readonly table: string;
  readonly columns: readonly string[];
}

export interface DumpManifest {
  readonly tables: Readonly<Record<string, TableSum>>;
  /** SHA-256 (hex) of everything before the manifest. */
  readonly sha256: string;
}

/**
 * Writes every row of every table as it is at one moment. The embedded database is busy meanwhile:
 * write to a file rather than to somebody slow.
 *
 * @param write Takes some whole lines; the next come when it has resolved.
 */
export async function dumpTables(
  database: Database,
  write: (text: string) => Promise<void>,
): Promise<DumpManifest> {
  const snapshot = { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true };
  return await database.transaction(async (em) => {
    await useExactTexts(em);
    // The moment is that of the first query, not that of the beginning (PostgreSQL, SET TRANSACTION).
    await em.execute('select 1');
    const hash = createHash('sha256');
    const put = async (text: string): Promise<void> => {
      hash.update(text);
      await write(text);
    };
    const head: DumpHead = {
      format: DUMP_FORMAT,
      version: DUMP_VERSION,
      schema: MIGRATIONS.at(-1)?.name ?? '',
      created_at: new Date().toISOString(),
    };
    await put(`${JSON.stringify(head)}\n`);
    const tables: Record<string, TableSum> = {};
    for (const table of tableShapes(em)) {
      const columns = table.columns.map(({ name }) => name);
      const section: DumpSection = { table: table.name, columns };
      await put(`${JSON.stringify(section)}\n`);
      tables[table.name] = await readTable(em, table, table.columns, async (rows) => {
        await put(rows.map(lineOf).join(''));
      });
    }
    const manifest: DumpManifest = { tables, sha256: hash.digest('hex') };
    await write(`${JSON.stringify({ manifest })}\n`);
    return manifest;
  }, snapshot);
}

import { createHash } from 'node:crypto';
import { DEFAULTS } from '../defaults.ts';
import type { EntityManager } from './database.ts';
import { quoted } from './table-shapes.ts';
import type { ColumnShape, TableShape } from './table-shapes.ts';

/** A row: what PostgreSQL writes for each column, which it reads back exactly; null for null. */
export type RowText = readonly (string | null)[];

/** How many rows, and the SHA-256 (hex) of all of them in the order of their keys. */
export interface TableSum {
  readonly rows: number;
  readonly sha256: string;
}

/** The line of a row in a dump; also what sums are made of. */
export function lineOf(row: RowText): string {
  return `${JSON.stringify(row)}\n`;
}

/**
 * Reads a table in the order of its keys, some hundred rows at a time.
 *
 * @param em Inside of a transaction.
 * @param columns Those to read, in this order.
 */
export async function readTable(
  em: EntityManager,
  table: TableShape,
  columns: readonly ColumnShape[],
  onRows: (rows: readonly RowText[]) => Promise<void> | void,
): Promise<TableSum> {
  const hash = createHash('sha256');
  let rows = 0;
  const names = columns.map(({ name }, i) => `${quoted(name)}::text as "${i}"`);
  // Not by the rules of a language: those differ between servers, and so would the sums.
  const order = table.key.map((name) => `${quoted(name)}::text collate "C"`);
  await em.execute(
    `declare tidewatch_rows no scroll cursor for
      select ${names.join(', ')} from ${table.quoted} order by ${order.join(', ')}`,
  );
  for (;;) {
    const page = await em.execute<Record<string, string | null>[]>(
      `fetch ${DEFAULTS.databasePageRows} from tidewatch_rows`,
    );
    if (page.length === 0) break;
    const texts = page.map((row) => columns.map((_, i) => row[i] ?? null));
    for (const text of texts) hash.update(lineOf(text));
    rows += texts.length;
    await onRows(texts);
  }
  await em.execute('close tidewatch_rows');
  return { rows, sha256: hash.digest('hex') };
}

/** For the rest of a transaction values are written in one way, whatever server and user prefer. */
export async function useExactTexts(em: EntityManager): Promise<void> {
  await em.execute(`set local timezone = 'UTC'`);
  await em.execute(`set local datestyle = 'ISO, YMD'`);
  await em.execute(`set local intervalstyle = 'iso_8601'`);
  await em.execute(`set local bytea_output = 'hex'`);
  await em.execute(`set local extra_float_digits = 1`);
}

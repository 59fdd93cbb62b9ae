import { DriverException } from '@mikro-orm/core';
import { DEFAULTS } from '../defaults.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { Database, EntityManager } from './database.ts';
import type { DumpManifest, DumpSection } from './dump-tables.ts';
import { damaged, readDump } from './read-dump.ts';
import { readTable, useExactTexts } from './read-table.ts';
import type { RowText } from './read-table.ts';
import { quoted, tableShapes } from './table-shapes.ts';
import type { ColumnShape, TableShape } from './table-shapes.ts';

interface Section {
  readonly table: TableShape;
  /** Those that the dump has, in its order. */
  readonly columns: readonly ColumnShape[];
}

/**
 * Puts the rows of a dump into an empty database: all of them, found there again and compared, or
 * none.
 *
 * @param finish Does more within the same transaction, when all rows are there.
 * @throws TidewatchError `database_not_empty`, `dump_damaged`.
 */
export async function restoreTables(
  database: Database,
  source: AsyncIterable<string | Uint8Array>,
  finish: (em: EntityManager) => Promise<void> = () => Promise.resolve(),
): Promise<DumpManifest> {
  const restore = async (em: EntityManager): Promise<DumpManifest> => {
    await useExactTexts(em);
    const shapes = tableShapes(em);
    await expectEmpty(em, shapes);
    const sections: Section[] = [];
    let manifest: DumpManifest | undefined;
    let rows: RowText[] = [];
    const putIn = async (): Promise<void> => {
      const section = sections.at(-1);
      if (rows.length > 0 && section !== undefined) await insert(em, section, rows);
      rows = [];
    };
    for await (const part of readDump(source)) {
      if (part.kind === 'row') {
        if (part.row.length !== sections.at(-1)?.columns.length) throw damaged('a row is cut');
        rows.push(part.row);
        if (rows.length === DEFAULTS.databasePageRows) await putIn();
        continue;
      }
      await putIn();
      if (part.kind === 'section') {
        sections.push(sectionOf(part.section, shapes));
        continue;
      }
      manifest = part.manifest;
    }
    if (manifest === undefined) throw damaged('it has no manifest');
    await expectSums(em, sections, manifest);
    await finish(em);
    return manifest;
  };
  try {
    return await database.transaction(restore);
  } catch (error) {
    // A value that the database does not take, a row twice, or one that refers to nothing.
    if (error instanceof DriverException) throw damaged(error.message);
    throw error;
  }
}

/**
 * What `restoreTables` checks first, for who has to do something before.
 *
 * @throws TidewatchError `database_not_empty`.
 */
export async function expectEmptyDatabase(database: Database): Promise<void> {
  const em = database.em();
  await expectEmpty(em, tableShapes(em));
}

async function expectEmpty(em: EntityManager, shapes: readonly TableShape[]): Promise<void> {
  for (const { name, quoted: table } of shapes) {
    const found = await em.execute<unknown[]>(`select 1 from ${table} limit 1`);
    if (found.length === 0) continue;
    throw new TidewatchError('database_not_empty', `the table ${name} has rows already`);
  }
}

function sectionOf(section: DumpSection, shapes: readonly TableShape[]): Section {
  const table = shapes.find(({ name }) => name === section.table);
  if (table === undefined) throw damaged(`it has a table ${section.table}, which is not known`);
  const columns = section.columns.map((name) => {
    const column = table.columns.find((known) => known.name === name);
    if (column === undefined) throw damaged(`it has a column ${name}, which is not known`);
    return column;
  });
  return { table, columns };
}

async function insert(em: EntityManager, section: Section, rows: RowText[]): Promise<void> {
  const { table, columns } = section;
  const names = columns.map(({ name }) => quoted(name));
  const values = columns.map(({ type }, i) => `(r->>${i})::${type}`);
  await em.execute(
    `insert into ${table.quoted} (${names.join(', ')})
      select ${values.join(', ')} from json_array_elements(?::json) r`,
    [JSON.stringify(rows)],
  );
}

/** What is in the tables now is what the dump says it wrote. */
async function expectSums(
  em: EntityManager,
  sections: readonly Section[],
  manifest: DumpManifest,
): Promise<void> {
  const missing = Object.keys(manifest.tables).length - sections.length;
  if (missing !== 0) throw damaged('tables are missing');
  for (const { table, columns } of sections) {
    const found = await readTable(em, table, columns, () => undefined);
    const expected = manifest.tables[table.name];
    if (found.rows === expected?.rows && found.sha256 === expected.sha256) continue;
    throw damaged(`the table ${table.name} is another one than that which was written`);
  }
}

import type { EntityName } from '@mikro-orm/core';
import type { EntityManager } from './database.ts';
import { ENTITIES } from './entities/index.ts';
import { SCHEMA } from './orm-options.ts';

/** A table as the entities describe it. */
export interface TableShape {
  readonly name: string;
  /** Quoted, with the schema. */
  readonly quoted: string;
  readonly columns: readonly ColumnShape[];
  /** Names of the columns of the primary key. */
  readonly key: readonly string[];
}

export interface ColumnShape {
  readonly name: string;
  /** As PostgreSQL calls it. */
  readonly type: string;
}

/** Every table, in an order in which rows can be put in. */
export function tableShapes(em: EntityManager): TableShape[] {
  const entities: readonly EntityName[] = ENTITIES;
  return entities.map((entity) => {
    const meta = em.getMetadata().get(entity);
    const columns = meta.props.flatMap((property) =>
      property.fieldNames.map((name, i) => ({ name, type: property.columnTypes[i] ?? 'text' })),
    );
    return {
      name: meta.tableName,
      quoted: `${quoted(SCHEMA)}.${quoted(meta.tableName)}`,
      columns,
      key: meta.getPrimaryProps().flatMap((property) => property.fieldNames),
    };
  });
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

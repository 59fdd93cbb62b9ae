import { FirstTables } from './20261120-first-tables.ts';

/** Every change of the tables, oldest first. What was released is never changed, only followed. */
export const MIGRATIONS = [{ name: '20261120-first-tables', class: FirstTables }] as const;

import { FirstTables } from './20261120-first-tables.ts';

/**
 * Every change of the tables, oldest first. What was released is never changed, only followed. Rows of
 * an older dump are put into the tables of today (`restoreTables`): a change that does more than add
 * tables, or columns with a default, needs a step there as well.
 */
export const MIGRATIONS = [{ name: '20261120-first-tables', class: FirstTables }] as const;

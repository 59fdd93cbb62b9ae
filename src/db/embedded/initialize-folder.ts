import { PGlite } from '@electric-sql/pglite';

/**
 * Makes the files of an empty database. Takes seconds and half a gigabyte of memory that is not given
 * back, so let another process do it (`initializeApart`).
 *
 * @param folder Missing or empty.
 */
export async function initializeFolder(folder: string): Promise<void> {
  // Small pieces of log: a small database need not keep tens of megabytes of it.
  const pglite = await PGlite.create(folder, { initDbStartParams: ['--wal-segsize=1'] });
  await pglite.close();
}

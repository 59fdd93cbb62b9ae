import { chmodSync, closeSync, existsSync, fsyncSync, openSync } from 'node:fs';
import { readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { syncDirectory } from './durable-file-system.ts';
import { unpackFolder } from './folder-archive.ts';
import { initializeApart } from './initialize-apart.ts';

/** Made when the package is built; in a checkout there is none. */
const TEMPLATE = join(import.meta.dirname, 'template.gz');
/** Major version of the PostgreSQL in PGlite. */
const VERSION = '18';
const UNFINISHED = 'unfinished-';

/**
 * Makes the files of the embedded database unless they are there. They appear all at once, when they
 * are on the disk: whatever ends the process on the way leaves nothing that counts.
 *
 * @param folder Locked; the files are in `data` below it.
 * @param template An archive of the files of an empty database.
 * @returns the folder of the files.
 * @throws TidewatchError `database_newer` for files of another version of PostgreSQL.
 */
export async function ensureDataFolder(folder: string, template = TEMPLATE): Promise<string> {
  const data = join(folder, 'data');
  for (const name of readdirSync(folder)) {
    if (name.startsWith(UNFINISHED)) rmSync(join(folder, name), { recursive: true });
  }
  if (existsSync(data)) {
    expectVersion(data);
    return data;
  }
  const unfinished = join(folder, `${UNFINISHED}${process.pid}`);
  if (existsSync(template)) {
    await unpackFolder(template, unfinished);
  } else {
    await initializeApart(unfinished);
    syncTree(unfinished);
    chmodSync(unfinished, 0o700);
  }
  renameSync(unfinished, data);
  syncDirectory(folder);
  return data;
}

function expectVersion(data: string): void {
  const version = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim();
  if (version === VERSION) return;
  throw new TidewatchError(
    'database_newer',
    `${data} has the format of PostgreSQL ${version}; this version reads that of ${VERSION}`,
  );
}

function syncTree(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) syncDirectory(path);
    else syncFile(path);
  }
  syncDirectory(folder);
}

function syncFile(path: string): void {
  const descriptor = openSync(path, 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

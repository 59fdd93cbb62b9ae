import { copyFile, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packFolder } from '../../src/db/embedded/folder-archive.ts';
import { initializeApart } from '../../src/db/embedded/initialize-apart.ts';
import { ROOT, readManifest } from '../root.ts';

/** Where a built package looks for the template, below its compiled sources. */
export const DATABASE_TEMPLATE = 'db/embedded/template.gz';

/**
 * Puts the files of an empty embedded database, as one archive, below compiled sources: a first start
 * unpacks them instead of making them, which takes seconds. Made once for each version of PGlite.
 */
export async function addDatabaseTemplate(outDir: string): Promise<void> {
  const version = readManifest().dependencies['@electric-sql/pglite'] ?? '';
  const cached = join(ROOT, 'node_modules', '.cache', 'tidewatch', `template-${version}.gz`);
  if ((await stat(cached).catch(() => undefined)) === undefined) await makeTemplate(cached);
  const target = join(outDir, DATABASE_TEMPLATE);
  await mkdir(dirname(target), { recursive: true });
  await copyFile(cached, target);
}

async function makeTemplate(archive: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'tidewatch-template-'));
  try {
    await initializeApart(join(work, 'data'));
    await mkdir(dirname(archive), { recursive: true });
    // Whole or not at all: another build may be looking for it.
    const unfinished = `${archive}.${process.pid}`;
    await packFolder(join(work, 'data'), unfinished);
    await rename(unfinished, archive);
  } finally {
    await rm(work, { recursive: true });
  }
}

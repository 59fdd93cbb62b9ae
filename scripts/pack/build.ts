import { rm } from 'node:fs/promises';
import { run } from '../run.ts';
import { addDatabaseTemplate } from './database-template.ts';

/**
 * Compiles the sources to JavaScript and declarations in an empty directory, and puts beside them what
 * the embedded database begins with.
 *
 * @throws Error when the compiler finds a mistake; it has printed which.
 */
export async function build(outDir: string): Promise<void> {
  await rm(outDir, { recursive: true, force: true });
  const code = await run('tsc', ['-p', 'tsconfig.build.json', '--outDir', outDir]);
  if (code !== 0) throw new Error(`the sources do not compile (tsc ended with ${code})`);
  await addDatabaseTemplate(outDir);
}

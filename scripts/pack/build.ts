import { rm } from 'node:fs/promises';
import { run } from '../run.ts';

/**
 * Compiles the sources to JavaScript and declarations in an empty directory.
 *
 * @throws Error when the compiler finds a mistake; it has printed which.
 */
export async function build(outDir: string): Promise<void> {
  await rm(outDir, { recursive: true, force: true });
  const code = await run('tsc', ['-p', 'tsconfig.build.json', '--outDir', outDir]);
  if (code !== 0) throw new Error(`the sources do not compile (tsc ended with ${code})`);
}

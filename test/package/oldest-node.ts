import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT, readManifest } from '../../scripts/root.ts';

/**
 * The oldest Node that the package promises to run on, taken from npm and kept in `.cache`.
 *
 * @returns the directory of its `node`.
 * @throws Error when npm cannot fetch it.
 */
export async function oldestNode(): Promise<string> {
  const version = `${readManifest().engines.node.replace(/^>=/, '')}.0`;
  const packageName = `node-${process.platform}-${process.arch}`;
  const kept = join(ROOT, '.cache', `${packageName}-${version}`);
  const bin = join(kept, 'node_modules', packageName, 'bin');
  if (existsSync(join(bin, 'node'))) return bin;
  await mkdir(join(ROOT, '.cache'), { recursive: true });
  const fresh = await mkdtemp(`${kept}.`);
  try {
    const manifest = { private: true, dependencies: { [packageName]: version } };
    await writeFile(join(fresh, 'package.json'), JSON.stringify(manifest));
    await promisify(execFile)('npm', ['install', '--no-audit', '--no-fund'], { cwd: fresh });
    await rm(kept, { recursive: true, force: true });
    await rename(fresh, kept);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `cannot get Node ${version}, on which the package has to run, from npm: ${why}`,
      {
        cause: error,
      },
    );
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return bin;
}

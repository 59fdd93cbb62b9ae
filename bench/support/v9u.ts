import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SambaServer } from '../../test/servers/samba.ts';
import type { Load } from './cpu.ts';
import { benchFolder } from './data.ts';
import { measureProgram } from './smbclient.ts';

export const V9U_VERSION = '1.0.6';

const WALK = join(import.meta.dirname, '..', 'peers', 'v9u-walk.ts');

/**
 * The folder where v9u-smb2 is installed: on demand and outside of this package, which does not depend
 * on it. Undefined, with a message, when it cannot be had.
 */
export function installV9u(): string | undefined {
  const folder = join(benchFolder(), 'peers');
  const version = `v9u-smb2@${V9U_VERSION}`;
  if (existsSync(join(folder, 'node_modules', 'v9u-smb2', 'package.json'))) return folder;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  try {
    const args = [
      'install',
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      '--save-exact',
      version,
    ];
    execFileSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    return folder;
  } catch (error) {
    console.log(`${version} cannot be installed, this comparison is left out: ${String(error)}`);
    return undefined;
  }
}

export interface V9uWalk {
  readonly entries: number;
  readonly seconds: number;
  readonly load: Load;
}

export async function measureV9uWalk(
  server: SambaServer,
  folder: string,
  path: string,
): Promise<V9uWalk> {
  const [user, password] = Object.entries(server.users)[0]!;
  const args = [WALK, folder, String(server.port), user, password, path];
  // It uses MD4 and DES of OpenSSL's legacy provider, and APIs that Node warns about.
  const env = {
    ...process.env,
    NODE_OPTIONS: '--openssl-legacy-provider --no-deprecation',
  };
  const { load, output } = await measureProgram(server, process.execPath, args, env);
  const last = output.trim().split('\n').at(-1) ?? '';
  const { entries, seconds } = JSON.parse(last) as { entries: number; seconds: number };
  return { entries, seconds, load };
}

import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { formatSecretKey, parseSecretKey } from '../../secrets/secret-key.ts';
import type { SecretKey } from '../../secrets/secret-key.ts';

/** The variable of the environment that holds the key, or several, newest first, with spaces between. */
export const SECRET_KEY_VARIABLE = 'TIDEWATCH_SECRET_KEY';
const FILE_NAME = 'secret-key';
const OWNER_ONLY = 0o600;

/** Where a key was found. */
export type KeySource = 'environment' | 'file';

export interface LoadedKeys {
  /** Newest first; none when there is neither variable nor file. */
  readonly keys: readonly SecretKey[];
  readonly source: KeySource;
}

export interface KeyPlaces {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly dataDir: string;
}

export function secretKeyPath(dataDir: string): string {
  return join(dataDir, FILE_NAME);
}

/**
 * Reads the secret keys of the environment, else those of the file `secret-key`, one a line.
 *
 * @throws TidewatchError `secret_key_wrong` when one is no key, or when others may read the file.
 */
export async function loadSecretKeys({ dataDir, env }: KeyPlaces): Promise<LoadedKeys> {
  const variable = env[SECRET_KEY_VARIABLE];
  if (variable !== undefined && variable.trim() !== '') {
    return { keys: parseAll(variable, SECRET_KEY_VARIABLE), source: 'environment' };
  }
  const path = secretKeyPath(dataDir);
  let text: string;
  try {
    await refuseReadable(path);
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { keys: [], source: 'file' };
    if (error instanceof TidewatchError) throw error;
    const message = `cannot read the secret key ${path}: ${(error as Error).message}`;
    throw new TidewatchError('secret_key_wrong', message, { cause: error });
  }
  return { keys: parseAll(text, path), source: 'file' };
}

/** Writes the file anew, whole or not at all, so that only its owner can read it. */
export async function writeSecretKeys(dataDir: string, keys: readonly SecretKey[]): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const path = secretKeyPath(dataDir);
  const fresh = `${path}.new`;
  // What a crash left is of no use, and may belong to another mode.
  await rm(fresh, { force: true });
  const file = await open(fresh, 'wx', OWNER_ONLY);
  try {
    await file.writeFile(keys.map((key) => `${formatSecretKey(key)}\n`).join(''));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(fresh, path);
  // The name of the file counts only once the folder is on the disk as well.
  const folder = await open(dataDir, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function parseAll(text: string, place: string): readonly SecretKey[] {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  try {
    const keys = words.map(parseSecretKey);
    if (keys.length > 0) return keys;
  } catch (cause) {
    const message = `${place} does not hold the base64 of 32 bytes`;
    throw new TidewatchError('secret_key_wrong', message, { cause });
  }
  throw new TidewatchError('secret_key_wrong', `${place} is empty`);
}

async function refuseReadable(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o077) === 0 || process.platform === 'win32') return;
  const message = `others may read the secret key ${path}: chmod 600 it`;
  throw new TidewatchError('secret_key_wrong', message);
}

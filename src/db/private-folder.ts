import { chmodSync, mkdirSync } from 'node:fs';
import { TidewatchError } from '../errors/tidewatch-error.ts';

/**
 * Makes sure that a folder is there that only its owner may look into.
 *
 * @throws TidewatchError `data_folder_unusable`.
 */
export function ensurePrivateFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
  } catch (cause) {
    throw new TidewatchError('data_folder_unusable', (cause as Error).message, { cause });
  }
}

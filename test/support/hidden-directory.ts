import { chmodSync, chownSync } from 'node:fs';
import { userInfo } from 'node:os';

/** The second account of the server, and the group of all (samba-config.ts). */
const BOB = 61_002;
const GROUP = 61_001;

/**
 * Makes a directory of the server's disk one that alice may not list, while bob may still work in it.
 *
 * Started by root, each account has a uid of its own: the directory becomes bob's. Otherwise all are the
 * user who runs the tests, and files cannot tell them apart; but smbd has no more rights than that user
 * then, so it is enough that nobody may read the directory: who knows a name can still make and move it.
 *
 * Returns what has to be called before the directory is removed, which takes the right to read it.
 */
export function hideFromAlice(path: string): () => void {
  if (userInfo().uid === 0) {
    chownSync(path, BOB, GROUP);
    chmodSync(path, 0o700);
  } else chmodSync(path, 0o300);
  return () => chmodSync(path, 0o700);
}

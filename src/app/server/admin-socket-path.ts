import { chmod, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';

const FOLDER = 'run';
const NAME = 'admin.sock';
/** Bytes of a path that the kernel takes for a socket (`sun_path`), with its terminating NUL: 104 to 108. */
const PATH_BYTES = 103;

/** A path to bind or connect to, good until it is released. */
export interface SocketPath {
  readonly path: string;
  release(): Promise<void>;
}

/** Where the socket of a data folder is, for people. */
export function adminSocketPath(dataDir: string): string {
  return join(dataDir, FOLDER, NAME);
}

/** Makes the folder of the socket, which nobody else may enter: that is what guards the socket. */
export async function makeSocketFolder(dataDir: string): Promise<void> {
  const folder = join(dataDir, FOLDER);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
}

/** Throws as `open` of Node does when there is no such folder. */
export async function openSocketPath(dataDir: string): Promise<SocketPath> {
  const path = adminSocketPath(dataDir);
  if (Buffer.byteLength(path) <= PATH_BYTES) return { path, release: () => Promise.resolve() };
  // Data folders lie deep now and then; Linux takes the way through an open folder instead.
  const folder = await open(join(dataDir, FOLDER), 'r');
  return { path: `/proc/self/fd/${folder.fd}/${NAME}`, release: () => folder.close() };
}

import { accessSync, constants, watch } from 'node:fs';
import { access, link, lstat, open, opendir, readdir, readlink } from 'node:fs/promises';
import { realpath, rename, rm, statfs } from 'node:fs/promises';

/** What local storages use of the machine; tests put faults in between. */
export interface FileSystem {
  readonly access: typeof access;
  readonly link: typeof link;
  readonly lstat: typeof lstat;
  readonly open: typeof open;
  readonly opendir: typeof opendir;
  readonly readdir: typeof readdir;
  readonly readlink: typeof readlink;
  readonly realpath: typeof realpath;
  readonly rename: typeof rename;
  readonly rm: typeof rm;
  readonly statfs: typeof statfs;
  readonly watch: typeof watch;
  readonly platform: NodeJS.Platform;
  /** Open directories can be named by their number in /proc/self/fd. */
  readonly namesOpenFiles: boolean;
}

/** The file system of this machine. */
export function machineFileSystem(): FileSystem {
  const calls = { access, link, lstat, open, opendir, readdir, readlink, realpath, rename, rm };
  return {
    ...calls,
    statfs,
    watch,
    platform: process.platform,
    namesOpenFiles: process.platform === 'linux' && isSearchable('/proc/self/fd'),
  };
}

function isSearchable(directory: string): boolean {
  try {
    accessSync(directory, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

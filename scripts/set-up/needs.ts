import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Something of the machine that tests and the quick start use, and the Debian package it comes in. */
export interface Need {
  readonly what: string;
  readonly debianPackage: string;
  readonly present: () => boolean;
}

/** A real Samba server with throw-away users, and Samba's own client as the one who makes changes. */
export const NEEDS: readonly Need[] = [
  { what: 'smbd', debianPackage: 'samba', present: () => hasProgram('smbd') },
  { what: 'smbclient', debianPackage: 'smbclient', present: () => hasProgram('smbclient') },
  {
    what: 'libnss_wrapper.so',
    debianPackage: 'libnss-wrapper',
    present: () => hasLibrary('libnss_wrapper.so'),
  },
];

/** Whether a program is on the path; servers live in `/usr/sbin`, which users often lack there. */
export function hasProgram(name: string): boolean {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return directories.some((directory) => {
    try {
      accessSync(join(directory, name), constants.X_OK);
      return true;
    } catch {
      // Not here, or not for us: the next directory may have it.
      return false;
    }
  });
}

function hasLibrary(name: string): boolean {
  const roots = ['/usr/lib', '/usr/lib64', '/usr/local/lib', '/lib'].filter((dir) =>
    existsSync(dir),
  );
  const below = roots.flatMap((dir) => readdirSync(dir, { withFileTypes: true }));
  const directories = below.filter((entry) => entry.isDirectory());
  return [...roots, ...directories.map((entry) => join(entry.parentPath, entry.name))].some((dir) =>
    existsSync(join(dir, name)),
  );
}

/**
 * Whether starting a program failed because it is not there. A search path with a directory that may not
 * be read makes that EACCES.
 */
export function isMissing(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ENOENT' || error.code === 'EACCES';
}

/** The error for a server program that is not installed; it names what to install. */
export function missingProgram(name: string): Error {
  return new Error(
    `${name} is not installed: these tests need a real Samba server. On Debian or Ubuntu: ` +
      'apt-get install -y --no-install-recommends samba smbclient libnss-wrapper',
  );
}

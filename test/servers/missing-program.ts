/** The error for a server program that is not installed; it names what to install. */
export function missingProgram(name: string): Error {
  return new Error(
    `${name} is not installed: these tests need a real Samba server. On Debian or Ubuntu: ` +
      'apt-get install -y --no-install-recommends samba smbclient libnss-wrapper',
  );
}

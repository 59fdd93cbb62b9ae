import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FirstAdmin } from '../app/index.ts';

/** Where the first start keeps a password that it made. */
const PASSWORD_FILE = 'admin-password';

/** How to come in. The password is told once, when the account is made; afterwards, where it is. */
export function signInLines(made: FirstAdmin | undefined, dataDir: string): string[] {
  if (made === undefined) {
    const file = join(dataDir, PASSWORD_FILE);
    return existsSync(file) ? [`sign in as before; the first password is in ${file}`] : [];
  }
  const { password, passwordFile, username } = made;
  if (password === undefined) {
    return [`sign in as ${username} with the password of TIDEWATCH_ADMIN_PASSWORD`];
  }
  return [
    `sign in as ${username} with the password ${password}`,
    `  made for this server, and kept in ${passwordFile ?? ''}`,
  ];
}

/** A command that signs in. Only a password that is on the screen already stands in it. */
export function signInCommand(made: FirstAdmin | undefined, url: string): string {
  const given = { username: made?.username ?? 'admin', password: made?.password ?? '…' };
  return `curl -d '${JSON.stringify(given)}' -H "Content-Type: application/json" ${url}/api/auth/login`;
}

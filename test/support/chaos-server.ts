import { join } from 'node:path';
import type { SambaServer } from '../servers/samba.ts';
import { runProgram } from '../servers/run-program.ts';

/** Gives an account of a running server another password. Sessions that live go on. */
export async function setPassword(
  samba: SambaServer,
  username: string,
  password: string,
): Promise<void> {
  const env = {
    ...process.env,
    PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`,
    LD_PRELOAD: 'libnss_wrapper.so',
    NSS_WRAPPER_PASSWD: join(samba.dir, 'passwd'),
    NSS_WRAPPER_GROUP: join(samba.dir, 'group'),
  };
  // Local mode, which comes first, is open to whoever may write the database, not to root alone.
  const args = ['-L', '-c', samba.conf, '-s', username];
  await runProgram('smbpasswd', args, { env, input: `${password}\n${password}\n` });
}

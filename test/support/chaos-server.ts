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
  // What smbpasswd is for root alone to do, whoever may write the database can.
  const args = ['-s', samba.conf, '-a', '-t', '-u', username];
  await runProgram('pdbedit', args, { env, input: `${password}\n${password}\n` });
}

import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { missingProgram } from '../../test/servers/missing-program.ts';
import type { SambaServer } from '../../test/servers/samba.ts';
import { loadBetween, readCounters } from './cpu.ts';
import type { Load } from './cpu.ts';

export interface PeerRun {
  readonly load: Load;
  readonly output: string;
}

/**
 * Runs a program to its end and measures it. Its output goes to a file, so that reading it costs
 * nothing meanwhile. Throws when it fails.
 */
export async function measureProgram(
  server: SambaServer,
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<PeerRun> {
  const path = join(server.dir, 'peer-output');
  const file = openSync(path, 'w');
  const before = readCounters(server);
  const child = spawn(program, args, { env, stdio: ['ignore', file, file] });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('exit', resolve);
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? missingProgram(program) : error),
    );
  });
  const after = readCounters(server);
  closeSync(file);
  const output = readFileSync(path, 'utf8');
  if (code !== 0 || output.includes('NT_STATUS_')) {
    throw new Error(`${program} failed (${code}): ${output.slice(-500)}`);
  }
  return { load: loadBetween(before, after, after.programs - before.programs), output };
}

/** smbclient with the given protection; `seconds` of its load include its logon. */
export function measureSmbclient(
  server: SambaServer,
  protection: 'sign' | 'encrypt',
  commands: string,
): Promise<PeerRun> {
  const [user, password] = Object.entries(server.users)[0]!;
  const args = ['-s', server.conf, '-p', String(server.port), '-U', `${user}%${password}`];
  const share = '//127.0.0.1/data';
  const command = [share, ...args, `--client-protection=${protection}`, '-c', commands];
  return measureProgram(server, 'smbclient', command);
}

/** Entries in what `ls` printed, without `.` and `..`. */
export function countEntries(output: string): number {
  return output.match(/^ {2}(?!\.{1,2} ).* [A-Z]+ +\d+ {2}/gm)?.length ?? 0;
}

/** How long smbclient takes to start, log on and leave again: not part of what is compared. */
export async function smbclientLogonSeconds(server: SambaServer): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 3; i += 1) {
    const { load } = await measureSmbclient(server, 'sign', 'exit');
    times.push(load.seconds);
  }
  return Math.min(...times);
}

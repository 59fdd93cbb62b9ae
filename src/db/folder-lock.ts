import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import { ensurePrivateFolder } from './private-folder.ts';
import { LockSocket, lockSocketAnswers } from './lock-socket.ts';

/** A folder that no other process uses meanwhile. */
export interface FolderLock {
  release(): Promise<void>;
}

/** Tries before giving up; each lost one means that somebody else got further. */
const TRIES = 20;

/**
 * Keeps other processes of this machine out of a folder until it is released or the process is gone.
 *
 * Numbers of processes say nothing here: they repeat, in containers with every start. What says that
 * somebody lives is a socket in the folder that takes connections, which the kernel ends with its
 * process. Each owner claims the next number with a link `claim.N` to its socket, which only one can
 * make, after the socket of the last number was found dead; the last number is never taken away, and
 * whoever finds a greater one than its own has lost. So two that find the same dead owner cannot both
 * follow it, and neither removes what the other has just made.
 *
 * @param folder Is there; `lock` below it is made.
 * @throws TidewatchError `database_in_use`, naming the other process; `data_folder_unusable`.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const directory = join(folder, 'lock');
  ensurePrivateFolder(directory);
  if (process.platform === 'win32') return await lockByPipe(folder);
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const name = `${randomBytes(6).toString('hex')}.sock`;
    const socket = await LockSocket.open(directory, name);
    try {
      writeFileSync(ownerFile(directory, name), JSON.stringify(self()), { mode: 0o600 });
      if (await claim(directory, name)) {
        return { release: async () => await letGo(directory, socket) };
      }
    } catch (error) {
      await letGo(directory, socket);
      throw error;
    }
    await letGo(directory, socket);
  }
  throw inUse(folder, undefined);
}

/** Whether the socket is now the one that the last claim leads to. */
async function claim(directory: string, name: string): Promise<boolean> {
  const last = lastClaim(directory);
  if (last !== 0) {
    const owner = socketOf(directory, last);
    // Gone between the two looks: somebody with a greater number has tidied up.
    if (owner === undefined) return false;
    if (await lockSocketAnswers(directory, owner)) throw inUse(directory, owner);
  }
  const mine = last + 1;
  try {
    symlinkSync(name, join(directory, `claim.${mine}`));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  // A number that was used before and tidied away is no success; nor is a socket that was tidied away.
  // The claim stays either way: were the last one removed, its number could be won again.
  if (lastClaim(directory) !== mine || !(await lockSocketAnswers(directory, name))) return false;
  await tidyUp(directory, mine, name);
  return true;
}

/** Removes what those before left. Only the owner does this, before anything else. */
async function tidyUp(directory: string, mine: number, name: string): Promise<void> {
  for (const entry of readdirSync(directory)) {
    const number = numberOf(entry);
    const stale =
      number === undefined
        ? entry.endsWith('.sock') && entry !== name && !(await lockSocketAnswers(directory, entry))
        : number < mine;
    if (!stale) continue;
    rmSync(join(directory, entry), { force: true });
    if (number === undefined) rmSync(ownerFile(directory, entry), { force: true });
  }
}

async function letGo(directory: string, socket: LockSocket): Promise<void> {
  await socket.close();
  rmSync(ownerFile(directory, socket.name), { force: true });
}

function lastClaim(directory: string): number {
  const numbers = readdirSync(directory).map((entry) => numberOf(entry) ?? 0);
  return Math.max(0, ...numbers);
}

function numberOf(entry: string): number | undefined {
  const match = /^claim\.(\d{1,15})$/.exec(entry);
  return match === null ? undefined : Number(match[1]);
}

function socketOf(directory: string, number: number): string | undefined {
  try {
    const target = readlinkSync(join(directory, `claim.${number}`));
    // A folder that was copied may have links that lead to where it came from.
    return target.slice(target.lastIndexOf('/') + 1);
  } catch {
    return undefined;
  }
}

function ownerFile(directory: string, socket: string): string {
  return join(directory, socket.replace(/\.sock$/, '.json'));
}

interface Owner {
  readonly pid: number;
  readonly host: string;
  readonly since: string;
}

function self(): Owner {
  const started = new Date(Date.now() - process.uptime() * 1000);
  return { pid: process.pid, host: hostname(), since: started.toISOString() };
}

function inUse(folder: string, socket: string | undefined): TidewatchError {
  let who = 'another process';
  try {
    const owner = JSON.parse(readFileSync(ownerFile(folder, socket ?? ''), 'utf8')) as Owner;
    who = `process ${owner.pid} on ${owner.host}, which runs since ${owner.since}`;
  } catch {
    // It ends just now, or somebody tidied up by hand: who it is does not matter then.
  }
  const place = folder.replace(/\/lock$/, '');
  return new TidewatchError('database_in_use', `${place} is used by ${who}`);
}

/** On Windows a named pipe has one owner and ends with it; nothing stays behind. */
async function lockByPipe(folder: string): Promise<FolderLock> {
  const hash = createHash('sha256').update(realpathSync(folder).toLowerCase()).digest('hex');
  try {
    const socket = await LockSocket.open('\\\\.\\pipe', `tidewatch-${hash}`);
    return { release: async () => await socket.close() };
  } catch (cause) {
    if (cause instanceof TidewatchError && isInUse(cause.cause)) throw inUse(folder, undefined);
    throw cause;
  }
}

function isInUse(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === 'EADDRINUSE';
}

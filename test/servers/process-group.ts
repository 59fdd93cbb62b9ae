import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/** One process of a group, as told by /proc/PID/stat. */
export interface GroupMember {
  readonly pid: number;
  readonly parent: number;
  readonly zombie: boolean;
  /** User and system time of the process and of its exited, reaped children, in clock ticks. */
  readonly ticks: number;
}

/** Clock ticks a second: fixed at 100 on every Linux that Node supports. */
export const TICKS_PER_SECOND = 100;

/** Every process of a process group, zombies included, lowest pid first. Linux only. */
export function groupMembers(group: number): GroupMember[] {
  const members: GroupMember[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const fields = readStat(name);
    if (fields === undefined || Number(fields[2]) !== group) continue;
    members.push({
      pid: Number(name),
      parent: Number(fields[1]),
      zombie: fields[0] === 'Z' || fields[0] === 'X',
      ticks: Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14]),
    });
  }
  return members.sort((a, b) => a.pid - b.pid);
}

/** Sends a signal to a whole group; false when the group has no process left. */
export function signalGroup(group: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-group, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Waits until no process of the group lives (zombies do not count); false after the time-out. */
export async function groupEnded(group: number, timeoutMs: number): Promise<boolean> {
  const end = performance.now() + timeoutMs;
  while (groupMembers(group).some((member) => !member.zombie)) {
    if (performance.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return true;
}

/** Asks a group to end, kills what still lives 2 s later, and waits for that. */
export async function endGroup(group: number): Promise<void> {
  signalGroup(group, 'SIGTERM');
  if (await groupEnded(group, 2000)) return;
  signalGroup(group, 'SIGKILL');
  await groupEnded(group, 5000);
}

/**
 * Starts a guard that kills a process group and removes a directory as soon as this process is gone,
 * however it ends: the guard waits for the end of its standard input. Returns how to send it home.
 */
export function guardGroup(group: number, directory: string): () => void {
  const script = 'read -r word; [ "$word" = done ] || { kill -s KILL -- "-$1"; rm -rf -- "$2"; }';
  const guard = spawn('/bin/sh', ['-c', script, 'guard', String(group), directory], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  // The pipe of a guard that was killed by hand breaks; there is nothing left to tell it.
  guard.stdin.on('error', () => undefined);
  return () => guard.stdin.end('done\n');
}

/** The name of a process as it calls itself, at most 15 bytes; undefined when it has gone. */
export function processName(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** Fields of /proc/PID/stat from the third (state) on; undefined when the process has gone. */
function readStat(pid: string): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    // The process ended between the listing of /proc and this read.
    return undefined;
  }
}

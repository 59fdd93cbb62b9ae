import { readFileSync } from 'node:fs';
import type { SambaServer } from '../../test/servers/samba.ts';

const ESTABLISHED = '01';

/** Proportional set size of all processes of the server, in bytes: shared pages count once. */
export function smbdBytes(server: SambaServer): number {
  let kib = 0;
  for (const pid of [server.pid, ...server.childPids()]) {
    try {
      const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
      kib += Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? 0);
    } catch {
      // It has ended since it was listed.
    }
  }
  return kib * 1024;
}

/** TCP connections that the server has accepted and that stand. */
export function connectionsTo(server: SambaServer): number {
  const port = server.port.toString(16).toUpperCase().padStart(4, '0');
  const lines = readFileSync('/proc/net/tcp', 'latin1').trim().split('\n').slice(1);
  return lines.filter((line) => {
    const [, local, , state] = line.trim().split(/\s+/);
    return state === ESTABLISHED && local!.endsWith(`:${port}`);
  }).length;
}

import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Clock ticks a second: fixed at 100 on every Linux that Node supports. */
const TICKS = 100;

/** CPU time of something that ran, as shares of one core. */
export interface Load {
  readonly seconds: number;
  readonly client: number;
  /** smbd with all its processes. */
  readonly smbd: number;
  /** Everything else on the machine: noise. */
  readonly others: number;
}

/** The state of all counters at one moment. */
export interface Reading {
  readonly at: number;
  readonly smbd: number;
  /** Seconds that all cores together were busy since the machine started. */
  readonly machine: number;
  /** CPU seconds of the programs that this process has started and that have ended. */
  readonly programs: number;
}

/** A server, as far as its CPU time is concerned. */
export interface CpuCounter {
  cpuSeconds(): number;
}

export function readCounters(server: CpuCounter): Reading {
  const machine = readFileSync('/proc/stat', 'latin1').split('\n', 1)[0]!.split(/ +/).map(Number);
  const own = readFileSync('/proc/self/stat', 'latin1');
  const fields = own.slice(own.lastIndexOf(')') + 2).split(' ');
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = machine;
  return {
    at: performance.now(),
    smbd: server.cpuSeconds(),
    machine: (user + nice + system + irq + softirq) / TICKS,
    programs: (Number(fields[13]) + Number(fields[14])) / TICKS,
  };
}

/** What happened between two readings; `clientSeconds` is the CPU time of the client. */
export function loadBetween(from: Reading, to: Reading, clientSeconds: number): Load {
  const seconds = (to.at - from.at) / 1000;
  const smbd = to.smbd - from.smbd;
  const others = Math.max(0, to.machine - from.machine - smbd - clientSeconds);
  return {
    seconds,
    client: clientSeconds / seconds,
    smbd: smbd / seconds,
    others: others / seconds,
  };
}

/**
 * What keeps it from being faster. A connection is served by one process of smbd, so `connections`
 * cores are the most that the server can use.
 */
export function limitOf(load: Load, connections: number): string {
  const cores = availableParallelism();
  if (load.smbd >= 0.8 * Math.min(connections, cores)) return 'the server';
  if (load.client >= 0.8) return 'our client';
  if (load.client + load.smbd + load.others >= 0.85 * cores) {
    return load.others >= 0.25 ? 'other load on this machine' : 'the cores of this machine';
  }
  return 'waiting for each other';
}

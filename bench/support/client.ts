import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { SambaServer } from '../../test/servers/samba.ts';
import type { FromClient, Job, Results, ToClient } from '../client/protocol.ts';
import { loadBetween, readCounters } from './cpu.ts';
import type { Load, Reading } from './cpu.ts';

const MAIN = join(import.meta.dirname, '..', 'client', 'main.ts');

export interface ClientRun {
  readonly results: Results;
  /** Dialect and protection as negotiated. */
  readonly description: string;
  /** From one mark of the job to another; default the whole measured stretch. */
  load(from?: string, to?: string): Load;
  /** Units a second of the measured stretch. */
  readonly rate: number;
}

export interface ClientOptions {
  readonly job: Omit<Job, 'port' | 'username' | 'password'>;
  /** Called at the mark `begin`; what it waits for ends the job's waiting. */
  readonly meanwhile?: () => Promise<void>;
}

/** Runs our client in a process of its own against the server. */
export function runClient(server: SambaServer, options: ClientOptions): Promise<ClientRun> {
  const [username, password] = Object.entries(server.users)[0]!;
  const job: Job = { ...options.job, port: server.port, username, password };
  const marks = new Map<string, { counters: Reading; cpuSeconds: number }>();
  return new Promise((resolve, reject) => {
    const child = fork(MAIN, [], { execArgv: ['--expose-gc'] });
    const send = (message: ToClient): void => {
      child.send(message);
    };
    let run: ClientRun | undefined;
    child.on('message', (message: FromClient) => {
      if (message.type === 'mark') {
        const { mark, cpuSeconds } = message;
        marks.set(mark, { counters: readCounters(server), cpuSeconds });
        if (mark === 'begin' && options.meanwhile !== undefined) {
          options.meanwhile().then(
            () => send({ type: 'continue' }),
            (error: unknown) => {
              child.kill();
              reject(error instanceof Error ? error : new Error(String(error)));
            },
          );
        }
        return;
      }
      const load = (from = 'begin', to = 'end'): Load => {
        const first = marks.get(from)!;
        const last = marks.get(to)!;
        const clientSeconds = last.cpuSeconds - first.cpuSeconds;
        return loadBetween(first.counters, last.counters, clientSeconds);
      };
      const { results, description } = message;
      run = { results, description, load, rate: (results['units'] ?? NaN) / load().seconds };
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (run === undefined) reject(new Error(`the client ended with ${code ?? signal}`));
      else resolve(run);
    });
    send({ type: 'job', job });
  });
}

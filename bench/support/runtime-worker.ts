import type { SambaServer } from '../../test/servers/samba.ts';
import type { RuntimeStart } from '../workers/runtime.ts';
import { startWorker } from './worker.ts';
import type { Worker } from './worker.ts';
import type { RuntimeCalls } from '../workers/runtime.ts';

export interface RunningRuntime {
  readonly worker: Worker<RuntimeCalls>;
  /** Where its doors are, if it was started with a token. */
  readonly url: string;
  /** Of the connection to the share. */
  readonly id: string;
  /** Ends the runtime, then its process. */
  stop(): Promise<void>;
}

/** A runtime in a process of its own, with the share of the server as its one connection. */
export async function startRuntime(
  server: SambaServer,
  options: Pick<RuntimeStart, 'limits' | 'token'> = {},
): Promise<RunningRuntime> {
  const worker = startWorker('runtime');
  const start = { ...options, ...logonOf(server) };
  try {
    const { url, id } = await worker.call('start', start);
    return {
      ...{ worker, url, id },
      async stop() {
        try {
          await worker.call('stop');
        } finally {
          await worker.stop();
        }
      },
    };
  } catch (error) {
    await worker.stop();
    throw error;
  }
}

/** Where a server is, and its first user. */
export function logonOf({ port, users }: SambaServer): {
  readonly port: number;
  readonly username: string;
  readonly password: string;
} {
  const [username, password] = Object.entries(users)[0]!;
  return { port, username, password };
}

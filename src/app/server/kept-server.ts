import type { Database } from '../../db/database.ts';
import { systemClock } from '../index.ts';
import type { FirstAdmin } from '../index.ts';
import { accountCommands } from './admin-socket-commands.ts';
import { listenAdminSocket } from './admin-socket.ts';
import { backupCommands } from './backup-command.ts';
import { openServices } from './open-services.ts';
import { startServer } from './serve.ts';
import type { RunningServer, ServerOptions } from './serve.ts';

export interface KeptServerOptions extends Omit<ServerOptions, 'services'> {
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Settings of this start alone. */
  readonly startSettings?: Readonly<Record<string, unknown>>;
}

/** A server with a database: what is saved outlives it. */
export interface KeptServer {
  readonly server: RunningServer;
  readonly database: Database;
  /** Made by this start. */
  readonly firstAdmin: FirstAdmin | undefined;
  /** Aborted, with the reason, when the database is lost for good. */
  readonly lost: AbortSignal;
  stop(): Promise<void>;
}

/**
 * Opens what is kept, then the doors.
 *
 * @throws TidewatchError what `openServices` and `startServer` throw; nothing stays behind.
 */
export async function startKeptServer(options: KeptServerOptions): Promise<KeptServer> {
  const { dataDir, env, logger, runtime, startSettings, token } = options;
  const opened = await openServices({
    ...{ dataDir, env, logger, runtime, clock: systemClock },
    ...(token !== undefined && { fixedToken: token }),
    ...(startSettings !== undefined && { startSettings }),
  });
  const lost = new AbortController();
  opened.database.onLost((error) => lost.abort(error));
  const stack = new AsyncDisposableStack();
  stack.defer(() => opened.close());
  try {
    const { accounts, database: db } = opened;
    const commands = {
      ...accountCommands(accounts),
      ...backupCommands({ accounts, db, dataDir, clock: systemClock }),
    };
    const shell = await listenAdminSocket({ dataDir, commands, logger });
    stack.defer(() => shell.close());
    const server = await startServer({ ...options, services: opened.services });
    stack.defer(() => server.stop());
    await runtime.tidy();
    return {
      ...{ server, database: opened.database, firstAdmin: opened.firstAdmin },
      lost: lost.signal,
      stop: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

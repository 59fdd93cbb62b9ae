import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { reachAdminSocket } from './admin-socket-client.ts';

/** Throws `not_found` when the data folder has no embedded database: opening it would make one. */
export function expectEmbedded(dataDir: string): void {
  if (existsSync(join(dataDir, 'db', 'data'))) return;
  throw new TidewatchError('not_found', `there is no database in ${dataDir}`);
}

/**
 * Throws `database_in_use` when a server runs on the data folder, also one whose database is elsewhere:
 * what is done to the folder would not be what it is told of.
 */
export async function expectNoServer(dataDir: string): Promise<void> {
  const reached = await reachAdminSocket(dataDir);
  if (reached === undefined) return;
  reached.destroy();
  throw new TidewatchError('database_in_use', `a server runs on the data folder ${dataDir}`);
}

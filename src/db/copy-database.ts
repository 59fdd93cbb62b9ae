import { TransformStream } from 'node:stream/web';
import type { Database } from './database.ts';
import { dumpTables } from './dump-tables.ts';
import type { DumpManifest } from './dump-tables.ts';
import { restoreTables } from './restore-tables.ts';

/**
 * Copies every row of every table into another database, such as from the embedded one to a server.
 * All of them arrive, verified by counts and checksums, or none.
 *
 * @param to Empty.
 * @throws TidewatchError `database_not_empty`.
 */
export async function copyDatabase(from: Database, to: Database): Promise<DumpManifest> {
  const { readable, writable } = new TransformStream<string, string>();
  const writer = writable.getWriter();
  // The side that fails second only says that the other one has gone.
  const failures: unknown[] = [];
  const dumped = dumpTables(from, (text) => writer.write(text))
    .then(() => writer.close())
    .catch(async (error: unknown) => {
      failures.push(error);
      await writer.abort(error).catch(() => undefined);
    });
  const restored = restoreTables(to, readable).catch(async (error: unknown) => {
    failures.push(error);
    await readable.cancel(error).catch(() => undefined);
    return undefined;
  });
  const [, manifest] = await Promise.all([dumped, restored]);
  if (manifest === undefined || failures.length > 0) throw failures[0];
  return manifest;
}

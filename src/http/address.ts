import { canonicalUuid, normalisePath } from '../app/index.ts';
import type { ConnectionInfo } from '../app/index.ts';

/** A directory as the client spelled it; it goes into every message about it. */
export interface Address {
  readonly connection_id: string;
  readonly path: string;
  /** Both as members of a JSON object, made once. */
  readonly json: string;
}

export function addressOf(message: { connection_id: string; path: string }): Address {
  const { connection_id: connection, path } = message;
  const json = `"connection_id":${JSON.stringify(connection)},"path":${JSON.stringify(path)}`;
  return { connection_id: connection, path, json };
}

/**
 * Equal for the spellings of one directory of one connection: the id counts, not how it was written, and
 * the normalised path. Throws `invalid_path`.
 */
export function directoryKey(
  connection: ConnectionInfo | undefined,
  { connection_id: spelled, path }: { connection_id: string; path: string },
): string {
  const id = connection?.id ?? canonicalUuid(spelled) ?? spelled;
  return JSON.stringify([id, normalisePath(connection?.type ?? 'local', path)]);
}

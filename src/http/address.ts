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
 * empty names between slashes do not. On SMB `\` separates names, too.
 */
export function directoryKey(
  connection: ConnectionInfo | undefined,
  { connection_id: spelled, path }: { connection_id: string; path: string },
): string {
  const slashed = connection?.type === 'smb' ? path.replaceAll('\\', '/') : path;
  const names = slashed.split('/').filter((name) => name !== '');
  return JSON.stringify([connection?.id ?? canonicalUuid(spelled), names]);
}

/** A UUID in the spelling of RFC 9562; anything else as it is. */
function canonicalUuid(text: string): string {
  const digits = text.replace(/^urn:uuid:|[{}-]/gi, '').toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(digits)) return text;
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

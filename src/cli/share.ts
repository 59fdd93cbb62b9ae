import { connect } from '../smb/index.ts';
import type { SmbConnection, SmbSession, SmbTree } from '../smb/index.ts';
import type { SmbLocation } from '../app/location.ts';
import type { Logon } from './logon.ts';

/** A share that is connected, with everything below it. */
export interface OpenShare {
  readonly connection: SmbConnection;
  readonly session: SmbSession;
  readonly tree: SmbTree;
  /** Disconnects, logs off and closes the connection; never throws, never hangs. */
  close(): Promise<void>;
}

/** Connects to the server of a location, negotiating what the options ask for. */
export function connectServer(
  location: SmbLocation,
  logon: Logon,
  signal: AbortSignal,
): Promise<SmbConnection> {
  const { requireSigning, requireEncryption } = logon.options;
  return connect({
    host: location.host,
    port: location.port,
    signal,
    ...(requireSigning === true ? { signing: 'required' } : {}),
    ...(requireEncryption === true ? { encryption: 'required' } : {}),
  });
}

/** Connects, logs on and connects the share of a location; nothing is left open on failure. */
export async function openShare(
  location: SmbLocation,
  logon: Logon,
  signal: AbortSignal,
): Promise<OpenShare> {
  const credentials = await logon.credentials(location);
  const connection = await connectServer(location, logon, signal);
  // Logging on takes no signal of its own; closing the connection ends it.
  const onAbort = (): void => void connection.close();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const session = await connection.authenticate(credentials);
    const tree = await session.connectTree(location.share, { signal });
    return { connection, session, tree, close: () => connection.close() };
  } catch (error) {
    await connection.close();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

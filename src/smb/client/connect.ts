import { SMB_DEFAULTS } from '../defaults.ts';
import { connectTcp } from '../net/tcp-transport.ts';
import type { Transport } from '../net/transport.ts';
import { SmbError } from '../smb-error.ts';
import { SmbConnection } from './connection.ts';
import { Multiplexer } from './multiplexer.ts';
import { negotiate } from './negotiate.ts';
import { settingsFrom } from './settings.ts';
import type { ConnectionOptions } from './settings.ts';

export interface ConnectOptions extends ConnectionOptions {
  /** Name or address of the server, without brackets for IPv6. */
  host: string;
  port?: number;
  /** Ends the attempt; later it has no effect. */
  signal?: AbortSignal | undefined;
  /** Another way to the server than TCP. */
  transport?: Transport;
}

/**
 * Connects and negotiates. Throws `unreachable`, `timeout`, `aborted`, `unsupported` (no common
 * dialect), `encryption_required`; nothing is left open then.
 */
export async function connect(options: ConnectOptions): Promise<SmbConnection> {
  const settings = settingsFrom(options);
  const { host, signal, port = SMB_DEFAULTS.port } = options;
  const timeoutMs = settings.connectTimeoutMs;
  const transport = options.transport ?? (await connectTcp({ host, port, timeoutMs, signal }));
  const mux = new Multiplexer(transport, settings);
  const onAbort = (): void =>
    mux.fail(new SmbError('aborted', `Connecting to ${host} was aborted`));
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    if (signal?.aborted === true) onAbort();
    return new SmbConnection(mux, await negotiate(mux, host), host);
  } catch (error) {
    const reason =
      error instanceof SmbError ? error : new SmbError('protocol_error', String(error));
    mux.fail(reason);
    throw reason;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

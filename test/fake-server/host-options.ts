import type { NtlmVersion } from '../support/ntlm-acceptor.ts';
import type { FakeServerOptions } from './options.ts';

/** A host: its kind and limits, and what all its connections have in common. */
export interface FakeHostOptions {
  /** Default `samba`. */
  readonly kind?: 'samba' | 'windows';
  /** Connections that may live at once; default any number. Client editions of Windows take 20. */
  readonly maxConnections?: number;
  /** What becomes of one more: no logon (default), or not even a connection. */
  readonly beyondConnections?: 'no_logon' | 'refused';
  /** Milliseconds since 1970, for the times of files; default: they stand still. */
  readonly now?: () => number;
  /** How the answers of a connection are cut on their way. */
  readonly toClient?: (bytes: Buffer) => Buffer[];
  /** Hears of every message and connection. */
  readonly trace?: (what: string) => void;
  /** Anything else that a connection may be set up with. */
  readonly server?: Partial<FakeServerOptions>;
}

/** Pending notifies that one connection has room for (MS-SMB2 <186>, one is kept for others). */
export const WINDOWS_SERVER_SLOTS = 511;
export const WINDOWS_CLIENT_SLOTS = 63;
/** Connections that a client edition of Windows takes. */
export const WINDOWS_CLIENT_CONNECTIONS = 20;

const NOTIFY_BUFFER_BYTES = 65_536;
const SAMBA_OPEN_FILES = 16_384;

/** What Samba says of itself: Windows 7, but of no build. */
const SAMBA_VERSION: NtlmVersion = { major: 6, minor: 1, build: 0, revision: 15 };
const WINDOWS_VERSION: NtlmVersion = { major: 10, minor: 0, build: 20_348, revision: 15 };

/** How servers of a kind differ. */
export function traitsOf(kind: 'samba' | 'windows'): Partial<FakeServerOptions> {
  if (kind === 'samba') {
    return {
      // Its NetBIOS name.
      serverGuid: Buffer.from('simhost'.padEnd(16, '\0'), 'latin1'),
      ntlmVersion: SAMBA_VERSION,
      recursion: 'partial',
      renamesOpenTrees: true,
      maxOpenFiles: SAMBA_OPEN_FILES,
    };
  }
  return {
    serverGuid: Buffer.from('c0ffee00aa11bb22cc33dd44ee55ff66', 'hex'),
    ntlmVersion: WINDOWS_VERSION,
    recursion: 'complete',
    renamesOpenTrees: false,
    notifyBufferBytes: NOTIFY_BUFFER_BYTES,
    asyncSlots: WINDOWS_SERVER_SLOTS,
  };
}

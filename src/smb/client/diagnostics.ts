import diagnosticsChannel from 'node:diagnostics_channel';
import type { AuthServerInfo } from '../auth/provider.ts';

/**
 * Hooks for tracing: publishing costs one property read while nobody has subscribed.
 *
 * - `tidewatch:smb:frame` `{ connection, bytes, at }`: a frame is complete; `at` as of
 *   `performance.now()`, taken when its last bytes left the socket
 * - `tidewatch:smb:send` `{ connection, command, messageId, credits }`
 * - `tidewatch:smb:receive` `{ connection, command, messageId, status, credits }`
 */
export const frameChannel = diagnosticsChannel.channel('tidewatch:smb:frame');
export const sendChannel = diagnosticsChannel.channel('tidewatch:smb:send');
export const receiveChannel = diagnosticsChannel.channel('tidewatch:smb:receive');

export type ServerKind = 'samba' | 'windows' | 'unknown';

/** What an operator may want to know of one connection right now. No secrets. */
export interface Diagnostics {
  remote: string;
  state: 'open' | 'closing' | 'closed';
  dialect: string;
  serverGuid: string;
  serverKind: ServerKind;
  signing: string;
  signingRequired: boolean;
  cipher: string | undefined;
  maxReadBytes: number;
  maxWriteBytes: number;
  maxTransactBytes: number;
  credits: { available: number; total: number; waiting: number };
  asyncSlots: { pending: number; limit: number | undefined };
  sessions: number;
  silentMs: number;
  /** Answers nobody had asked for (or no longer), thrown away. */
  strayAnswers: number;
  outstanding: {
    command: string;
    messageId: number;
    ageMs: number;
    pending: boolean;
    abandoned: boolean;
  }[];
}

/**
 * Samba names itself in the ServerGuid (its NetBIOS name in ASCII) and answers NTLM as Windows 6.1
 * build 0; Windows always has a build number.
 */
export function serverKindOf(serverGuid: Buffer, ntlm: AuthServerInfo | undefined): ServerKind {
  const name = serverGuid.toString('latin1').replace(/\0+$/, '');
  const named = name.length > 0 && /^[A-Za-z0-9!@#$%^&()_'{}.~-]{1,16}$/.test(name);
  if (ntlm?.build === undefined) return named ? 'samba' : 'unknown';
  if (ntlm.build > 0) return 'windows';
  return ntlm.versionMajor === 6 && ntlm.versionMinor === 1 ? 'samba' : 'unknown';
}

/**
 * `tidewatch/smb`: an SMB 2 and 3 client made for watching.
 *
 * @example
 * const connection = await connect({ host: 'nas' });
 * const session = await connection.authenticate({ username: 'alice', password: 'secret' });
 * const tree = await session.connectTree('projects');
 * for await (const event of tree.watch('reports')) console.log(event);
 */
export { connect } from './client/connect.ts';
export type { ConnectOptions } from './client/connect.ts';
export { SmbConnection } from './client/connection.ts';
export type { Credentials } from './client/connection.ts';
export type { Diagnostics, ServerKind } from './client/diagnostics.ts';
export type { Entry, EntryKind, OnDiskId } from './client/entry.ts';
export { SmbFile } from './client/file.ts';
export type { OpenOptions } from './client/file.ts';
export type { ListOptions } from './client/list.ts';
export type { FileTimes } from './client/mutate.ts';
export { cipherName, dialectName } from './client/names.ts';
export type { ByteRange, RangesResult } from './client/read-ranges.ts';
export type { ReadStreamOptions } from './client/read-stream.ts';
export type { Change } from './client/rename-joiner.ts';
export { SmbSession } from './client/session.ts';
export type {
  CipherName,
  ConnectionOptions,
  DialectName,
  EncryptionPolicy,
} from './client/settings.ts';
export type { Clock, RandomSource } from './client/clock.ts';
export { SmbTree } from './client/tree.ts';
export { walk } from './client/walk.ts';
export type { WalkOptions, WalkStep } from './client/walk.ts';
export { Watch } from './client/watch.ts';
export type {
  FilterName,
  RescanReason,
  WatchEvent,
  WatchListener,
  WatchOptions,
} from './client/watch-options.ts';
export type { AuthExchange, AuthProvider, AuthServerInfo, AuthTarget } from './auth/provider.ts';
export { anonymousProvider, ntlmProvider } from './auth/ntlm.ts';
export { KERBEROS_OID, NTLM_OID } from './auth/spnego.ts';
export { memoryTransportPair } from './net/memory-transport.ts';
export { connectTcp } from './net/tcp-transport.ts';
export type { TcpOptions } from './net/tcp-transport.ts';
export type { ByteSink, Transport } from './net/transport.ts';
export { SmbError } from './smb-error.ts';
export { Status, statusName } from './status.ts';
export { ERROR_CODES } from '../errors/codes.ts';
export type { ErrorCode } from '../errors/codes.ts';

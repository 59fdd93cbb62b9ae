import { SmbError } from '../smb-error.ts';

const ENDINGS = {
  watch_ended: 'was ended by the server',
  directory_deleted: 'was deleted',
  notify_unsupported: 'cannot be watched',
} as const;

/** How the server ended the watch of this directory. */
export function endedError(code: keyof typeof ENDINGS, path: string, status: number): SmbError {
  const name = path === '' ? 'The root of the share' : path;
  return new SmbError(code, `${name} ${ENDINGS[code]}`, { status, path });
}

/** The server would refuse another pending notify. */
export function noSlotError(path: string, limit = 0): SmbError {
  const what = `The server keeps no more than ${limit} pending notifies on a connection`;
  return new SmbError('insufficient_resources', what, { path });
}

/** The watch was closed by its owner. */
export function closedError(): SmbError {
  return new SmbError('closed', 'The watch was closed');
}

/** The share of the watch was not to be had. */
export function connectError(cause: unknown): SmbError {
  if (cause instanceof SmbError) return cause;
  return new SmbError('disconnected', `The share could not be connected: ${String(cause)}`, {
    cause,
  });
}

import { fromNodeError } from '../../errors/from-node-error.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { displayPath } from './local-path.ts';

/** The volume itself is out of reach: a dead FUSE process, a stale NFS handle, an unplugged disk. */
const GONE = new Set(['ESTALE', 'ENOTCONN', 'ENODEV', 'ENXIO', 'ENOMEDIUM', 'EHOSTDOWN']);

/** The system's word for what went wrong, such as `ENOENT`; '' where it is no error of the system. */
export function systemCode(error: unknown): string {
  const known = error instanceof Error && 'code' in error && typeof error.code === 'string';
  return known ? (error.code as string) : '';
}

/** An error of the system as a TidewatchError, its message without the paths of the machine. */
export function localError(error: unknown, path: string): unknown {
  if (error instanceof TidewatchError) return error;
  const code = systemCode(error);
  if (GONE.has(code)) {
    const message = `${displayPath(path)}: the volume is out of reach (${code})`;
    return new TidewatchError('disconnected', message, { cause: error });
  }
  if (code === 'ELOOP') return throughLink(path, error);
  return fromNodeError(error, displayPath(path));
}

/** Links are told but never followed: where they lead may be outside of the root. */
export function throughLink(path: string, cause?: unknown): TidewatchError {
  const message = `${displayPath(path)} is or leads through a link, and links are not followed`;
  return new TidewatchError('access_denied', message, { cause });
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new TidewatchError('aborted', 'The operation was aborted', { cause: signal.reason });
}

import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { S3Target } from '../target.ts';

/**
 * The endpoint of a target in one spelling, without a slash at the end; undefined for that of AWS.
 *
 * @throws TidewatchError `invalid_argument` for what is no http:// or https:// address of a server.
 */
export function endpointOf({ endpoint }: Pick<S3Target, 'endpoint'>): string | undefined {
  if (endpoint === undefined || endpoint === '') return undefined;
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    throw invalid('is no http:// or https:// address');
  }
  // The text is not shown: it may hold a password.
  if (url.username !== '' || url.password !== '') throw invalid('may hold no user and no password');
  if (url.search !== '' || url.hash !== '') throw invalid('may hold no query');
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** @throws TidewatchError `invalid_argument` for what no bucket can be called. */
export function checkBucket(bucket: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/.test(bucket) && !bucket.includes('..'))
    return;
  const shown = JSON.stringify(bucket.slice(0, 64));
  throw new TidewatchError(
    'invalid_argument',
    `${shown} is no name of a bucket: letters, digits, dots and hyphens, at least 3`,
  );
}

function invalid(why: string): TidewatchError {
  return new TidewatchError('invalid_argument', `the endpoint ${why}`);
}

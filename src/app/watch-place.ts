import { realpath } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { parseLocation } from './location.ts';
import type { Location } from './location.ts';
import type { WatchPlace } from './runtime-face.ts';
import { s3Target } from './s3-location.ts';
import type { AwsVariables } from './s3-location.ts';

/** What a location names, in parts; of a bucket with the keys that are in the environment. */
export async function watchPlace(
  location: string | Location,
  env: AwsVariables = process.env,
): Promise<WatchPlace> {
  const parsed = typeof location === 'string' ? parseLocation(location) : location;
  if (parsed.type === 'local') return localPlace(parsed.path);
  if (parsed.type === 's3') return { target: s3Target(parsed, env), path: parsed.path };
  const { host, port, share, path, username, password, domain } = parsed;
  const logon =
    username === undefined ? { anonymous: true } : { username, password: password ?? '', domain };
  return { target: { type: 'smb', host, port, share, logon }, path };
}

/**
 * The directory above is the root, so that it can be seen when this one goes and comes back. Links on
 * the way are followed now, since whoever names a path means what it leads to; later none is.
 */
async function localPlace(path: string): Promise<WatchPlace> {
  // What is not there, or may not be looked at, is told when it is watched.
  const real = await realpath(path).catch(() => path);
  const root = dirname(real);
  return { target: { type: 'local', root }, path: root === real ? '' : basename(real) };
}

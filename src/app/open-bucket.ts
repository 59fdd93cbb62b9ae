import { openS3Storage } from '../storage/s3/s3-storage.ts';
import type { S3Storage } from '../storage/s3/s3-storage.ts';
import { s3Target } from './s3-location.ts';
import type { AwsVariables, S3Location } from './s3-location.ts';

export type { S3Storage } from '../storage/s3/s3-storage.ts';

/**
 * The bucket of a location as a storage, with the keys that are in the environment; to be closed.
 *
 * @throws TidewatchError `invalid_argument` for settings that cannot be.
 */
export function openBucket(location: S3Location, env: AwsVariables): S3Storage {
  return openS3Storage({ target: s3Target(location, env) });
}

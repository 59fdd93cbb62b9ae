import type { Target } from '../storage/target.ts';

/**
 * What a snapshot of a cache belongs to: server, share, prefix and account, and what is in it. Holds no
 * secret; equal for whoever would see the same directories.
 */
export function snapshotKey(target: Target, path: string, indexFiles: boolean): string {
  return JSON.stringify([...placeOf(target), path, indexFiles ? 'files' : 'directories']);
}

function placeOf(target: Target): readonly unknown[] {
  switch (target.type) {
    case 'smb': {
      const { host, port, share, logon } = target;
      const account = [logon.username ?? null, logon.domain ?? null].map((name) =>
        typeof name === 'string' ? name.toLowerCase() : name,
      );
      return ['smb', host.toLowerCase(), port, share.toLowerCase(), ...account];
    }
    case 'local':
      return ['local', target.root];
    case 's3': {
      const { endpoint, region, bucket, accessKey } = target;
      return ['s3', endpoint ?? null, region ?? null, bucket, accessKey ?? null];
    }
  }
}

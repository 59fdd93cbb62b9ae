import type { SnapshotKey } from '../directory-cache/snapshot-format.ts';
import type { Target } from '../storage/target.ts';

/**
 * What a snapshot of a cache belongs to: server, share, prefix and account, and what is in it. Holds no
 * secret; equal for whoever would see the same directories.
 */
export function snapshotKey(target: Target, path: string, indexFiles: boolean): SnapshotKey {
  const what = indexFiles ? 'files' : 'directories';
  switch (target.type) {
    case 'smb': {
      const { host, port, share, logon } = target;
      const { username = null, domain = null } = logon;
      // Names of accounts and domains know no case.
      const account = [username?.toLowerCase(), domain?.toLowerCase(), what];
      return {
        server: `smb://${host}:${port}`,
        share,
        prefix: path,
        account: JSON.stringify(account),
      };
    }
    case 'local':
      // Directories of this machine know case, other than shares.
      return { server: 'file://', share: '', prefix: `${target.root}\0${path}`, account: what };
    case 's3': {
      const { endpoint = null, region = null, bucket, accessKey = null } = target;
      return {
        server: `s3://${JSON.stringify([endpoint, region])}`,
        share: bucket,
        prefix: path,
        account: JSON.stringify([accessKey, what]),
      };
    }
  }
}

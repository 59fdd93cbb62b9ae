import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { DirectoryHandle } from './directory-handle.ts';
import type { FileSystem } from './file-system.ts';
import { displayPath } from './local-path.ts';

/** File systems that others change without this kernel hearing of it; magic numbers of statfs(2). */
const REMOTE: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'SMB (cifs)'],
  [0xfe534d42, 'SMB'],
  [0x65735546, 'FUSE'],
  [0x01021997, '9P'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
  [0x73757245, 'Coda'],
  [0x01161970, 'GFS2'],
  [0x7461636f, 'OCFS2'],
  [0x0bd00bd0, 'Lustre'],
  [0x786f4256, 'a VirtualBox shared folder'],
]);

/** Throws `notify_unsupported` when what happens to a directory is not always told to this machine. */
export async function refuseNetworkFileSystem(
  fs: FileSystem,
  directory: DirectoryHandle,
  path: string,
): Promise<void> {
  if (fs.platform !== 'linux') return;
  const { type } = await fs.statfs(directory.at('.'));
  // Sign-extended on machines of 32 bits.
  const name = REMOTE.get(type >>> 0);
  if (name === undefined) return;
  throw new TidewatchError(
    'notify_unsupported',
    `${displayPath(path)} is on ${name}: the kernel does not hear of changes made elsewhere, so it ` +
      'has to be polled by listing',
  );
}

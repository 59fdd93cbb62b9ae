import { SmbStorage } from '../../src/storage/smb/smb-storage.ts';
import { startSamba } from '../servers/samba.ts';
import { openShare } from '../support/open-share.ts';
import { describeStorage } from './describe-storage.ts';
import { openFilesBelow } from './open-files.ts';
import { somebodyOnDisk } from './started-storage.ts';

describeStorage('a share of a Samba server', async () => {
  const samba = await startSamba();
  const watching = await openShare(samba);
  const bulk = await openShare(samba);
  const trees = { watchTree: watching.tree, bulkTree: () => Promise.resolve(bulk.tree) };
  return {
    storage: new SmbStorage(trees),
    outside: {
      ...somebodyOnDisk(samba.share, 0o777),
      // A directory is only told as deleted to those who have it open when it is deleted through SMB.
      removeDirectory: async (path) => void (await samba.smbclient(`rmdir "${path}"`)),
    },
    held: async () => {
      const open = samba.childPids().map((pid) => openFilesBelow(samba.share, pid));
      return (await Promise.all(open)).reduce((sum, files) => sum + files, 0);
    },
    inForce: () => samba.watchesInForce(),
    stop: async () => {
      await bulk[Symbol.asyncDispose]();
      await watching[Symbol.asyncDispose]();
      await samba.stop();
    },
  };
});

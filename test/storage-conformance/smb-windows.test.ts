import { describe } from 'vitest';
import { SmbStorage } from '../../src/storage/smb/smb-storage.ts';
import { onWindows } from '../support/windows-client.ts';
import { describeWatching } from './watching.ts';

describe('a share of a Windows server as a storage', () => {
  describeWatching(async () => {
    const { host, tree, roots, connection } = await onWindows([]);
    const { client } = host;
    const done = (isDone: boolean): Promise<void> =>
      isDone ? Promise.resolve() : Promise.reject(new Error('the server refuses'));
    const remove = (path: string): Promise<void> => done(client.remove(path));
    return {
      storage: new SmbStorage({
        watchTree: tree,
        bulkTree: () => Promise.resolve(tree),
        watchRoots: roots,
      }),
      outside: {
        writeFile: (path, content) => done(client.write(path, content)),
        mkdir: (path) => Promise.resolve(void host.fileSystem.mkdir(path)),
        remove,
        removeDirectory: remove,
        rename: (from, to) => done(client.rename(from, to)),
      },
      held: () => Promise.resolve(host.opens),
      stop: () => connection.close(),
    };
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WatchLog } from '../../../test/storage-conformance/watch-log.ts';
import { expectCleanEnd, onWindows, watch } from '../../../test/support/windows-client.ts';
import { WATCH_TREE, decodeChangeNotifyRequest } from '../../smb/wire/change-notify.ts';
import { isBelow } from '../paths.ts';
import type { StorageChange, WatchRequest } from '../storage.ts';
import { SmbStorage } from './smb-storage.ts';
import { SmbWatch } from './smb-watch.ts';
import { TreeLeases } from './tree-leases.ts';

function concerns({ path, recursive }: WatchRequest, directory: string): boolean {
  return directory === path || (recursive && isBelow(directory, path));
}

describe('a share on a Windows server', () => {
  it('has one handle, however many use it', async () => {
    const client = await onWindows(['a', 'b']);
    const session = client.tree.session;
    const leases = new TreeLeases(() => Promise.resolve(client.tree));
    const [one, two] = [await leases.lease('data'), await leases.lease('DATA')];
    expect(session.serverKind).toBe('windows');
    const logs = ['a', 'b'].map((path, i) => {
      const { tree, watchRoots } = [one, two][i]!;
      const options = { watchTree: tree, bulkTree: () => Promise.resolve(tree), watchRoots };
      const log = new WatchLog();
      new SmbStorage(options).watch({ path, recursive: false }, log);
      return log;
    });
    for (const log of logs) await log.untilCalled('armed');
    expect(client.host.opens).toBe(1);
    const [notify] = client.host.pendingNotifies;
    const { flags } = decodeChangeNotifyRequest(notify!.operation.request.message);
    expect(flags).toBe(WATCH_TREE);
    await one.release();
    expect(logs.map(({ reason }) => reason)).toEqual([undefined, undefined]);
    await two.release();
    for (const log of logs) expect(log.reason?.code).toBe('closed');
    await expectCleanEnd(client);
  });

  it('tells what handles of their own would tell', async () => {
    const directories = ['', 'd', 'd/e', 'f'];
    const file = fc
      .tuple(fc.constantFrom(...directories), fc.constantFrom('x', 'Y', 'z'))
      .map(([directory, name]) => (directory === '' ? name : `${directory}/${name}`));
    const step = fc.oneof(
      fc.record({ do: fc.constant('write' as const), path: file }),
      fc.record({ do: fc.constant('remove' as const), path: file }),
      fc.record({ do: fc.constant('rename' as const), path: file, to: file }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
        const client = await onWindows(directories.slice(1));
        const { host, tree } = client;
        const requests = directories.flatMap((path) =>
          [true, false].map((recursive) => ({ path, recursive })),
        );
        const pairs = await Promise.all(
          requests.map(async (request) => {
            const own = new WatchLog();
            const ownWatch = new SmbWatch(tree, request, own);
            await own.untilCalled('armed');
            return { request, own, ownWatch, ...(await watch(client, request.path, request)) };
          }),
        );
        for (const one of steps) {
          if (one.do === 'rename') host.client.rename(one.path, one.to);
          else host.client[one.do](one.path, '');
        }
        for (const directory of directories) {
          host.client.write(directory === '' ? 'last' : `${directory}/last`, '');
        }
        // Nothing happens in a directory after that, so whoever has heard of it has heard of all.
        const isLast = ({ action, path }: StorageChange): boolean =>
          action === 'modified' && path.split('/').at(-1) === 'last';
        for (const { own, log, request } of pairs) {
          const { length } = directories.filter((directory) => concerns(request, directory));
          for (const one of [own, log]) {
            await one.until(({ changes }) => changes.filter(isLast).length === length);
          }
        }
        for (const { own, log } of pairs) expect(log.changes).toEqual(own.changes);
        await Promise.all(pairs.flatMap((pair) => [pair.watch.close(), pair.ownWatch.close()]));
        await expectCleanEnd(client);
      }),
      { numRuns: 25 },
    );
  });
});

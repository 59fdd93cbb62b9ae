import { appendFileSync, chmodSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { rmdirSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSamba } from '../servers/samba.ts';
import type { SambaServer, SambaVariant } from '../servers/samba.ts';
import { openShare } from '../support/open-share.ts';
import type { OpenShare } from '../support/open-share.ts';
import { serveShare } from '../support/served-share.ts';
import { WatchReader } from '../support/watch-reader.ts';
import type { Change, Watch, WatchOptions } from '../../src/smb/index.ts';

/** Arms a watch and reads it. */
async function arm(
  samba: SambaServer,
  share: OpenShare,
  path: string,
  options: WatchOptions = {},
): Promise<{ watch: Watch; reader: WatchReader }> {
  const watch = share.tree.watch(path, options);
  await watch.armed;
  await samba.watchesInForce();
  return { watch, reader: new WatchReader(watch) };
}

const short = ({ action, path, oldPath }: Change): string =>
  oldPath === undefined ? `${action} ${path}` : `${action} ${oldPath} ${path}`;

describe.each<SambaVariant>(['default', 'signing', 'encrypt', 'smb202'])(
  'a watch on a server in the variant %s',
  (variant) => {
    const served = serveShare(variant);
    const at = (path: string): string => served.at(path);

    it('tells what happens on the disk of the server', async () => {
      await served.share.tree.mkdir('local');
      const { watch, reader } = await arm(served.samba, served.share, 'local');
      writeFileSync(at('local/a'), 'content');
      await reader.untilPath('modified', 'a');
      appendFileSync(at('local/a'), 'more');
      await reader.untilPath('modified', 'a');
      utimesSync(at('local/a'), 1, 1);
      await reader.untilPath('modified', 'a');
      renameSync(at('local/a'), at('local/b'));
      const renamed = await reader.untilPath('renamed', 'b');
      expect(renamed.map(short)).toContain('renamed a b');
      mkdirSync(at('local/sub'));
      await reader.untilPath('added', 'sub');
      renameSync(at('local/b'), at('local/sub/b'));
      await reader.untilPath('removed', 'b');
      renameSync(at('local/sub/b'), at('local/c'));
      await reader.untilPath('added', 'c');
      unlinkSync(at('local/c'));
      await reader.untilPath('removed', 'c');
      rmdirSync(at('local/sub'));
      await reader.untilPath('removed', 'sub');
      expect(reader.rescans).toEqual([]);
      await watch.close();
      await reader.toEnd();
    });

    it('tells what other clients do, below the directory only when asked to', async () => {
      await served.share.tree.mkdir('remote');
      await served.share.tree.mkdir('remote/sub');
      await using other = await openShare(served.samba);
      const flat = await arm(served.samba, served.share, 'remote');
      const deep = await arm(served.samba, served.share, 'remote', { recursive: true });
      await other.tree.writeFile('remote/sub/below', Buffer.from('x'));
      await other.tree.rename('remote/sub/below', 'remote/sub/renamed');
      // Before the next one: the server hears of its disk and of its clients in two ways, one of which
      // may overtake the other between the halves of a rename.
      const below = await deep.reader.untilPath('renamed', 'sub/renamed');
      expect(below.map(short)).toEqual(
        expect.arrayContaining(['added sub/below', 'renamed sub/below sub/renamed']),
      );
      await other.tree.writeFile('remote/here', Buffer.from('x'));
      await deep.reader.untilPath('added', 'here');
      const here = await flat.reader.untilPath('added', 'here');
      expect(here.map((change) => change.path).filter((path) => path.includes('/'))).toEqual([]);
      await flat.watch.close();
      await deep.watch.close();
    });

    it('becomes a rescan when there is more than the server keeps', async () => {
      await served.share.tree.mkdir('burst');
      const { watch, reader } = await arm(served.samba, served.share, 'burst', {
        bufferSize: 4096,
      });
      for (let i = 0; i < 3000; i++) writeFileSync(at(`burst/${i}-${'x'.repeat(200)}`), '');
      expect(await reader.untilRescan()).toBe('overflow');
      // What the server still has to say of the burst may overflow again; then it is quiet.
      for (let i = 0, seen = false; !seen; i++) {
        writeFileSync(at(`burst/after-${i}`), '');
        await reader.next();
        seen = reader.changes.some((change) => change.path.startsWith('after-'));
      }
      await watch.close();
    });

    it('misses no name of a burst that fits', async () => {
      await served.share.tree.mkdir('many');
      const { watch, reader } = await arm(served.samba, served.share, 'many');
      const wanted = new Set<string>();
      for (let i = 0; i < 2000; i++) {
        wanted.add(`f${i}`);
        writeFileSync(at(`many/f${i}`), '');
        // The server keeps 1,000 events while no request of ours is pending.
        if (i % 100 === 99) await reader.untilPath('added', `f${i}`);
      }
      const seen = reader.changes.filter((change) => change.action === 'added');
      if (reader.rescans.length === 0) {
        expect(new Set(seen.map((change) => change.path))).toEqual(wanted);
      }
      await watch.close();
    });

    it('ends when its directory is deleted, and lets go of it at once', async () => {
      await served.share.tree.mkdir('doomed');
      const { reader } = await arm(served.samba, served.share, 'doomed');
      await using other = await openShare(served.samba);
      await other.tree.removeDirectory('doomed');
      await expect(reader.toEnd()).rejects.toMatchObject({ code: 'directory_deleted' });
      await expect.poll(() => existsSync(at('doomed'))).toBe(false);
      await other.tree.mkdir('doomed');
      await arm(served.samba, served.share, 'doomed').then(({ watch }) => watch.close());
    });

    it('tells a change of the directory itself under an empty name', async () => {
      await served.share.tree.mkdir('itself');
      const { watch, reader } = await arm(served.samba, served.share, 'itself');
      chmodSync(at('itself'), 0o700);
      const changes = await reader.untilPath('modified', '');
      expect(changes.map(short)).toEqual(['modified ']);
      chmodSync(at('itself'), 0o755);
      await watch.close();
    });

    it('ends when the administrator closes the share', async () => {
      await using own = await openShare(served.samba);
      const { reader } = await arm(served.samba, own, '');
      await served.samba.smbcontrol('smbd', 'close-share', 'data');
      await expect(reader.toEnd()).rejects.toMatchObject({ code: 'watch_ended' });
      await expect(own.tree.stat('')).rejects.toMatchObject({ code: 'disconnected' });
      served.share = await openShare(served.samba);
    });
  },
);

describe('a watch', () => {
  let samba: SambaServer;
  let share: OpenShare;
  beforeAll(async () => {
    samba = await startSamba();
    share = await openShare(samba);
    writeFileSync(join(samba.share, 'file'), '');
    await share.tree.mkdir('closed');
    chmodSync(join(samba.share, 'closed'), 0);
  });
  afterAll(async () => {
    await share.connection.close();
    chmodSync(join(samba.share, 'closed'), 0o700);
    await samba.stop();
  });

  it.each([
    ['missing', 'not_found'],
    ['file', 'not_a_directory'],
    ['closed', 'access_denied'],
    ['a*b', 'invalid_path'],
  ])('on %j fails with %s, for whoever waits and for whoever reads', async (path, code) => {
    const failing = async (): Promise<void> => {
      const watch = share.tree.watch(path);
      await expect(watch.armed).rejects.toMatchObject({ code });
      await new WatchReader(watch).toEnd();
    };
    await expect(failing()).rejects.toMatchObject({ code });
  });

  it('ends without an error when it is closed, also before it is armed', async () => {
    const { watch, reader } = await arm(samba, share, '');
    await watch.close();
    await reader.toEnd();
    const early = share.tree.watch('');
    await early.close();
    await new WatchReader(early).toEnd();
    await expect(early.armed).rejects.toMatchObject({ code: 'closed' });
  });

  it('ends when its signal is aborted, also before it is armed', async () => {
    for (const wait of [true, false]) {
      const abort = new AbortController();
      const watch = share.tree.watch('', { signal: abort.signal });
      if (wait) await watch.armed;
      abort.abort();
      await expect(new WatchReader(watch).toEnd()).rejects.toMatchObject({ code: 'aborted' });
    }
    const late = share.tree.watch('', { signal: AbortSignal.abort() });
    await expect(late.armed).rejects.toMatchObject({ code: 'aborted' });
  });

  it('leaves no handle behind, however it ends', async () => {
    await share.tree.mkdir('handles');
    for (let i = 0; i < 20; i++) {
      const abort = new AbortController();
      const watch = share.tree.watch('handles', { signal: abort.signal });
      if (i % 2 === 0) await watch.armed;
      if (i % 4 < 2) await watch.close();
      else abort.abort();
    }
    const locked = async (): Promise<string> => {
      const table = await samba.smbcontrol('smbd', 'ping').then(() => share.tree.stat('handles'));
      return table.name;
    };
    expect(await locked()).toBe('handles');
    await share.tree.removeDirectory('handles');
    // A handle that were still open would keep the directory there, pending deletion.
    await expect.poll(() => existsSync(join(samba.share, 'handles'))).toBe(false);
  });

  it('shares a tree with others of the session, disconnected with the last', async () => {
    const first = share.session.watch('data');
    const second = share.session.watch('DATA/');
    await Promise.all([first.armed, second.armed]);
    await samba.watchesInForce();
    const trees = share.session.trees.size;
    writeFileSync(join(samba.share, 'seen-by-both'), '');
    await new WatchReader(first).untilPath('added', 'seen-by-both');
    await new WatchReader(second).untilPath('added', 'seen-by-both');
    await first.close();
    expect(share.session.trees.size).toBe(trees);
    await second.close();
    await expect.poll(() => share.session.trees.size).toBe(trees - 1);
    const early = share.session.watch('data');
    await early.close();
    await expect.poll(() => share.session.trees.size).toBe(trees - 1);
    const missing = share.session.watch('nothing/dir');
    await expect(missing.armed).rejects.toMatchObject({ code: 'share_not_found' });
  });

  it('reports only what its filter names', async () => {
    await share.tree.mkdir('filtered');
    const { watch, reader } = await arm(samba, share, 'filtered', { filter: ['dir_name'] });
    await share.tree.writeFile('filtered/file', Buffer.from('x'));
    await share.tree.mkdir('filtered/directory');
    const changes = await reader.untilPath('added', 'directory');
    expect(changes.map((change) => change.path)).not.toContain('file');
    await watch.close();
    const unknown = { filter: ['nonsense'] } as unknown as WatchOptions;
    expect(() => share.tree.watch('', unknown)).toThrow(
      expect.objectContaining({ code: 'invalid_argument' }),
    );
  });

  it('goes on while the connection is busy with other work', async () => {
    await share.tree.mkdir('busy');
    const { watch, reader } = await arm(samba, share, 'busy');
    const work = Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        share.tree.writeFile(`busy/w${i}`, Buffer.alloc(100_000)),
      ),
    );
    for (let i = 0; i < 20; i++) {
      writeFileSync(join(samba.share, `busy/local-${i}`), '');
      await reader.until(({ path }) => path === `local-${i}`);
    }
    await work;
    expect(reader.rescans).toEqual([]);
    await watch.close();
  });

  it('tells where the server does not notify', async () => {
    const silent = await startSamba({ variant: 'nonotify' });
    try {
      await using own = await openShare(silent);
      const watch = own.tree.watch('');
      await expect(watch.armed).rejects.toMatchObject({ code: 'notify_unsupported' });
      await own.tree.stat('');
    } finally {
      await silent.stop();
    }
  });

  it('tells what clients do where the server does not look at its own disk', async () => {
    const half = await startSamba({ variant: 'noinotify' });
    try {
      await using own = await openShare(half);
      const { watch, reader } = await arm(half, own, '');
      writeFileSync(join(half.share, 'unseen'), '');
      await own.tree.writeFile('seen', Buffer.from('x'));
      const changes = await reader.untilPath('added', 'seen');
      expect(changes.map((change) => change.path)).not.toContain('unseen');
      await watch.close();
    } finally {
      await half.stop();
    }
  });

  it('tells when the server has no room for another handle; the others live on', async () => {
    const small = await startSamba({ global: ['max open files = 500'] });
    try {
      await using own = await openShare(small);
      const watches = Array.from({ length: 600 }, () => own.tree.watch(''));
      const armed = await Promise.allSettled(watches.map((watch) => watch.armed));
      const refused = armed.filter((result) => result.status === 'rejected');
      expect(refused.length).toBeGreaterThan(0);
      expect(refused.length).toBeLessThan(200);
      for (const { reason } of refused)
        expect(reason).toMatchObject({ code: 'insufficient_resources' });
      await small.watchesInForce();
      writeFileSync(join(small.share, 'still-seen'), '');
      const living = watches.filter((_, i) => armed[i]?.status === 'fulfilled');
      await Promise.all(
        living.map((watch) => new WatchReader(watch).untilPath('added', 'still-seen')),
      );
    } finally {
      await small.stop();
    }
  });

  it('keeps a thousand directories on one connection', { timeout: 60_000 }, async () => {
    const names = Array.from({ length: 1000 }, (_, i) => `thousand/d${i}`);
    await share.tree.mkdir('thousand');
    for (const name of names) mkdirSync(join(samba.share, name));
    const watches = names.map((name) => share.tree.watch(name));
    await Promise.all(watches.map((watch) => watch.armed));
    const readers = watches.map((watch) => new WatchReader(watch));
    await samba.watchesInForce();
    for (const name of names) writeFileSync(join(samba.share, name, 'new'), '');
    await Promise.all(readers.map((reader) => reader.untilPath('added', 'new')));
    const pending = (): number => share.connection.diagnostics().asyncSlots.pending;
    await expect.poll(pending).toBeGreaterThanOrEqual(1000);
    await Promise.all(watches.map((watch) => watch.close()));
    await expect.poll(pending).toBe(0);
    rmSync(join(samba.share, 'thousand'), { recursive: true });
  });
});

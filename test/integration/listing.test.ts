import { linkSync, mkdirSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Entry, SmbTree } from '../../src/smb/index.ts';
import { startSamba } from '../servers/samba.ts';
import type { SambaServer } from '../servers/samba.ts';
import { openShare } from '../support/open-share.ts';
import type { OpenShare } from '../support/open-share.ts';

async function list(tree: SmbTree, path: string, options = {}): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const page of tree.list(path, options)) entries.push(...page);
  return entries;
}

/** Makes a directory on the server's own disk with many entries, fast: all but a few are links. */
function makeMany(samba: SambaServer, name: string, count: number): void {
  const dir = join(samba.share, name);
  mkdirSync(dir);
  // A file of tmpfs takes any number of hard links, one of other file systems some thousands.
  let source = '';
  for (let i = 0; i < count; i++) {
    const path = join(dir, `entry-${String(i).padStart(7, '0')}.dat`);
    if (i % 20_000 === 0) writeFileSync((source = path), '');
    else linkSync(source, path);
  }
}

describe('listing a directory of a real server', () => {
  let samba: SambaServer;
  let share: OpenShare;
  beforeAll(async () => {
    // Without this, Samba lists names that Windows could not have under made-up ones.
    samba = await startSamba({ share: ['mangled names = no'] });
    share = await openShare(samba);
  });
  afterAll(async () => {
    await share.connection.close();
    await samba.stop();
  });

  it('tells kinds, sizes, times and ids', async () => {
    const dir = join(samba.share, 'kinds');
    mkdirSync(join(dir, 'directory'), { recursive: true });
    writeFileSync(join(dir, 'empty'), '');
    writeFileSync(join(dir, 'huge'), '');
    truncateSync(join(dir, 'huge'), 5 * 2 ** 40);
    utimesSync(join(dir, 'huge'), 1_000_000_000, 1_234_567_890.125);
    const entries = await list(share.tree, 'kinds');
    expect(entries.map((entry) => entry.name).sort()).toEqual(['directory', 'empty', 'huge']);
    const huge = entries.find((entry) => entry.name === 'huge');
    expect(huge).toMatchObject({ kind: 'file', size: 5 * 2 ** 40, modifiedAt: 1_234_567_890_125 });
    expect(entries.find((entry) => entry.name === 'directory')).toMatchObject({
      kind: 'directory',
      size: 0,
    });
    const stat = await share.tree.stat('kinds/huge');
    expect(stat).toMatchObject({ name: 'huge', size: huge?.size, modifiedAt: huge?.modifiedAt });
    expect(huge?.fileId).toBeTypeOf('bigint');
    expect(stat.fileId).toBe(huge?.fileId);
    expect(new Set(entries.map((entry) => entry.fileId)).size).toBe(entries.length);
  });

  it('of an empty directory gives nothing', async () => {
    await share.tree.mkdir('empty-directory');
    expect(await list(share.tree, 'empty-directory')).toEqual([]);
  });

  it('gives names as they are, also odd ones', async () => {
    const names = [
      'dot.',
      'dots...',
      'space ',
      'CON',
      'e\u0301',
      '\u00e9',
      '漢字 👍.txt',
      'a;b,c=d+[e]',
      "it's & so on",
      '\uffff',
      '\ufeffbom',
      'a'.repeat(255),
      '漢'.repeat(85),
    ];
    await share.tree.mkdir('names');
    for (const name of names) {
      await share.tree.writeFile(`names/${name}`, Buffer.from(name));
    }
    const entries = await list(share.tree, 'names');
    expect(entries.map((entry) => entry.name).sort()).toEqual([...names].sort());
    for (const name of names) {
      expect((await share.tree.readFile(`names/${name}`)).toString()).toBe(name);
      await share.tree.remove(`names/${name}`);
    }
    expect(await list(share.tree, 'names')).toEqual([]);
  });

  it.each([
    ['a colon', 'a:b'],
    ['a star', 'a*b'],
    ['a control character', 'a\u0007b'],
    ['256 units', 'x'.repeat(256)],
    ['a way up', '../secret'],
  ])('refuses a name with %s before it is sent', async (_, name) => {
    const sent = share.connection.diagnostics().credits;
    await expect(share.tree.stat(name)).rejects.toMatchObject({ code: 'invalid_path' });
    expect(share.connection.diagnostics().credits).toEqual(sent);
  });

  it('sends half a surrogate pair as it is, which Samba refuses by name', async () => {
    await expect(share.tree.stat('lone\ud800')).rejects.toMatchObject({
      code: 'invalid_path',
      status: 0xc0000161,
    });
  });

  it('lets the server pick by a pattern', async () => {
    await share.tree.mkdir('pattern');
    for (const name of ['a.txt', 'b.txt', 'c.bin']) {
      await share.tree.writeFile(`pattern/${name}`, Buffer.alloc(0));
    }
    const names = async (pattern: string): Promise<string[]> =>
      (await list(share.tree, 'pattern', { pattern })).map((entry) => entry.name).sort();
    expect(await names('*.txt')).toEqual(['a.txt', 'b.txt']);
    expect(await names('?.bin')).toEqual(['c.bin']);
    expect(await names('nothing*')).toEqual([]);
  });

  it('fails with a code', async () => {
    await share.tree.writeFile('plain.txt', Buffer.alloc(1));
    await expect(list(share.tree, 'missing')).rejects.toMatchObject({ code: 'not_found' });
    await expect(list(share.tree, 'plain.txt')).rejects.toMatchObject({ code: 'not_a_directory' });
    await expect(list(share.tree, 'plain.txt/x')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('can be left early and aborted, and closes its handle', async () => {
    makeMany(samba, 'left', 20_000);
    for await (const page of share.tree.list('left')) {
      expect(page.length).toBeGreaterThan(0);
      break;
    }
    const abort = new AbortController();
    const aborted = (async () => {
      for await (const page of share.tree.list('left', { signal: abort.signal })) {
        if (page.length > 0) abort.abort();
      }
    })();
    await expect(aborted).rejects.toMatchObject({ code: 'aborted' });
    // A directory with an open handle would stay, and its name with it.
    await expect
      .poll(() => share.connection.diagnostics().outstanding.length, { timeout: 5000 })
      .toBe(0);
    await share.tree.mkdir('left-empty');
    for await (const page of share.tree.list('left-empty')) expect(page).toEqual([]);
    await share.tree.removeDirectory('left-empty');
    await share.tree.mkdir('left-empty');
  });

  it.each([1, 1200, 20_000])('is complete for %i entries, at any page size', async (count) => {
    makeMany(samba, `many-${count}`, count);
    for (const pageBytes of [undefined, 65_536, 4096]) {
      if (count === 20_000 && pageBytes === 4096) continue;
      const options = pageBytes === undefined ? {} : { pageBytes };
      const entries = await list(share.tree, `many-${count}`, options);
      expect(entries.length).toBe(count);
      expect(new Set(entries.map((entry) => entry.name)).size).toBe(count);
    }
  });

  it('is complete for 200,000 entries', { timeout: 120_000 }, async () => {
    makeMany(samba, 'very-many', 200_000);
    const names = new Set<string>();
    let count = 0;
    for await (const page of share.tree.list('very-many')) {
      count += page.length;
      for (const entry of page) names.add(entry.name);
    }
    expect([count, names.size]).toEqual([200_000, 200_000]);
  });

  it('walks a tree completely, also over two connections', async () => {
    const { walk } = await import('../../src/smb/index.ts');
    const expected = new Set<string>();
    for (let i = 0; i < 30; i++) {
      for (let j = 0; j < 5; j++) {
        const path = `walked/d${i}/e${j}`;
        mkdirSync(join(samba.share, path), { recursive: true });
        writeFileSync(join(samba.share, path, 'file'), '');
        expected.add(`${path}/file`);
      }
    }
    // Samba follows links and shows them as directories: these lead round in circles.
    symlinkSync('.', join(samba.share, 'walked', 'circle'));
    symlinkSync('../..', join(samba.share, 'walked', 'd1', 'e1', 'round'));
    symlinkSync('..', join(samba.share, 'walked', 'd2', 'again'));
    await using second = await openShare(samba);
    for (const trees of [[share.tree], [share.tree, second.tree]]) {
      const found = new Set<string>();
      for await (const { path, entries, error } of walk(trees, 'walked')) {
        expect(error).toBe(undefined);
        for (const entry of entries) {
          if (entry.kind === 'file') found.add(`${path}/${entry.name}`);
        }
      }
      expect(found).toEqual(expected);
    }
    const missing = share.tree.walk('missing').next();
    await expect(missing).rejects.toMatchObject({ code: 'not_found' });
  });
});

import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Change, WatchEvent } from '../../src/app/index.ts';
import { groupEnded } from '../servers/process-group.ts';
import { startSamba } from '../servers/samba.ts';
import type { SambaServer, SambaVariant } from '../servers/samba.ts';
import { CommandLine, runCommandLine } from '../support/command-line.ts';
import { changesUntil, nextOfType, nextState } from '../support/watch-lines.ts';

/** Far more than a start takes, for a machine that is busy. */
const SOON = { timeout: 10_000 };
const started: CommandLine[] = [];

/** Starts `tidewatch watch`, ended with the test whatever happens. */
function watch(...args: string[]): CommandLine {
  const watching = new CommandLine(['watch', ...args]);
  started.push(watching);
  return watching;
}

afterEach(async () => {
  for (const watching of started.splice(0)) {
    watching.process.kill('SIGKILL');
    await watching.finished;
  }
});

describe.each<SambaVariant>(['default', 'signing', 'encrypt'])(
  'tidewatch watch against a server in the variant %s',
  (variant) => {
    let samba: SambaServer;
    beforeAll(async () => {
      samba = await startSamba({ variant });
      await samba.smbclient('mkdir sub');
    });
    afterAll(() => samba.stop());
    const location = (path = ''): string =>
      `smb://alice:alicepw@127.0.0.1:${samba.port}/data${path}`;

    it('prints subscribed, then what happens on the server itself', async () => {
      const watching = watch('--json', location());
      const { epoch, seq } = await nextOfType(watching, 'subscribed');
      expect(epoch).toMatch(/^[\w-]{16,36}$/);
      expect(seq).toBe(0);

      const at = (name: string): string => join(samba.share, name);
      writeFileSync(at('created.txt'), '');
      await changesUntil(watching, is({ action: 'added', path: 'created.txt' }));
      appendFileSync(at('created.txt'), 'written');
      await changesUntil(watching, is({ action: 'modified', path: 'created.txt' }));
      renameSync(at('created.txt'), at('renamed.txt'));
      await changesUntil(
        watching,
        is({ action: 'renamed', path: 'renamed.txt', old_path: 'created.txt' }),
      );
      rmSync(at('renamed.txt'));
      await changesUntil(watching, is({ action: 'removed', path: 'renamed.txt' }));

      const { code, stdout, stderr } = await watching.interrupt();
      expect(code).toBe(0);
      expect(stdout + stderr).not.toContain('alicepw');
      const lines = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as WatchEvent);
      const numbers = lines.flatMap((line) => (line.type === 'change' ? [line.seq] : []));
      expect(numbers).toEqual(numbers.map((_, i) => i + 1));
      expect(lines.at(-1)).toMatchObject({ type: 'state', state: 'stopped' });
    });

    it('prints what another client does', async () => {
      const watching = watch('--json', location());
      await nextOfType(watching, 'subscribed');
      await samba.smbclient('put smb.conf client.txt');
      await changesUntil(watching, is({ action: 'modified', path: 'client.txt' }));
      await samba.smbclient('rename client.txt other.txt; mkdir made');
      await changesUntil(watching, is({ action: 'added', path: 'made' }));
      await samba.smbclient('rm other.txt; rmdir made');
      const changes = await changesUntil(watching, is({ action: 'removed', path: 'made' }));
      const removed = changes.filter(({ action }) => action === 'removed');
      expect(removed.map(({ path }) => path).sort()).toEqual(['made', 'other.txt']);
      expect(watching.stdout).toContain('"old_path":"client.txt"');
      expect((await watching.interrupt()).code).toBe(0);
    });

    it('prints what happens below with --recursive, on the server itself and deep down as well', async () => {
      const watching = watch('--json', '--recursive', location());
      await nextOfType(watching, 'subscribed');
      await samba.smbclient('cd sub; put smb.conf deep.txt');
      await changesUntil(watching, is({ action: 'added', path: 'sub/deep.txt' }));
      await samba.smbclient('cd sub; rm deep.txt; mkdir new; mkdir new\\below');
      await changesUntil(watching, is({ action: 'added', path: 'sub/new/below' }));
      const below = join(samba.share, 'sub', 'new', 'below');
      chmodSync(below, 0o777);
      writeFileSync(join(below, 'local.txt'), 'local');
      await changesUntil(watching, is({ action: 'added', path: 'sub/new/below/local.txt' }));
      appendFileSync(join(below, 'local.txt'), ' and more');
      const changes = await changesUntil(
        watching,
        ({ path, size }) => path === 'sub/new/below/local.txt' && size === 14,
      );
      expect(changes.at(-1)).toMatchObject({ action: 'modified', kind: 'file' });
      // Our handles on the lower directories are closed when the server has told us that they go.
      const deltree = (): Promise<string> => samba.smbclient('cd sub; deltree new');
      await deltree().catch(deltree);
      await changesUntil(watching, is({ action: 'removed', path: 'sub/new' }));
      expect((await watching.interrupt()).code).toBe(0);
    });

    it('is silent about what --filter leaves out', async () => {
      const watching = watch('--json', '--filter', 'dir_name', location());
      await nextOfType(watching, 'subscribed');
      await samba.smbclient('put smb.conf file.txt; rm file.txt; mkdir directory; rmdir directory');
      await changesUntil(watching, is({ action: 'removed', path: 'directory' }));
      expect(watching.stdout).not.toContain('file.txt');
    });
  },
);

describe('tidewatch watch', () => {
  let samba: SambaServer;
  beforeAll(async () => {
    samba = await startSamba();
    writeFileSync(join(samba.share, 'file.txt'), '');
    mkdirSync(join(samba.share, 'closed'), { mode: 0o700 });
  });
  afterAll(() => samba.stop());
  const location = (path = ''): string => `smb://alice:alicepw@127.0.0.1:${samba.port}/data${path}`;

  it('prints lines for people without --json, and hides characters that turn a line around', async () => {
    const watching = watch(location());
    await expect.poll(() => watching.stderr, SOON).toContain('watching smb://alice@127.0.0.1');
    writeFileSync(join(samba.share, 'a\u202eb'), '');
    expect(await watching.line()).toBe('added     a\\u202eb');
    const { code, stderr } = await watching.interrupt();
    expect(code).toBe(0);
    expect(stderr).not.toContain('alicepw');
  });

  it('keeps the password out of the list of processes', async () => {
    const watching = watch('--json', location());
    await nextOfType(watching, 'subscribed');
    const shown = readFileSync(`/proc/${watching.process.pid}/cmdline`, 'latin1');
    expect(shown.replaceAll('\0', '')).toBe('tidewatch');
  });

  it('reports a lost connection, tries again, and says that something may have been missed', async () => {
    const own = await startSamba();
    try {
      const watching = watch('--json', `smb://alice:alicepw@127.0.0.1:${own.port}/data`);
      await nextOfType(watching, 'subscribed');
      process.kill(own.pid, 'SIGKILL');
      await groupEnded(own.pid, 5000);
      const lost = await nextState(watching, 'reconnecting');
      expect(lost).toMatchObject({ attempt: 1, code: 'disconnected' });
      expect(lost.retry_in_ms).toBeLessThanOrEqual(500);
      await own.restart();
      const back = await watching.until<WatchEvent>((line) => line.type === 'resync');
      expect(back.at(-1)).toEqual({ type: 'resync', seq: 1, reason: 'reconnected' });
      await nextState(watching, 'live');
      writeFileSync(join(own.share, 'after.txt'), '');
      await changesUntil(watching, is({ action: 'added', path: 'after.txt' }));
      expect((await watching.interrupt()).code).toBe(0);
    } finally {
      await own.stop();
    }
  });

  it('reports a deleted directory and follows the one that takes its place', async () => {
    await samba.smbclient('mkdir passing');
    const watching = watch('--json', location('/passing'));
    await nextOfType(watching, 'subscribed');
    await samba.smbclient('rmdir passing');
    const deleted = await nextState(watching, 'deleted');
    expect(deleted).toMatchObject({ code: 'directory_deleted' });
    await samba.smbclient('mkdir passing');
    const resync = await nextOfType(watching, 'resync');
    expect(resync.reason).toBe('recreated');
  });

  it('ends with 1 with --no-retry when the directory is deleted', async () => {
    await samba.smbclient('mkdir once');
    const watching = watch('--json', '--no-retry', location('/once'));
    await nextOfType(watching, 'subscribed');
    await samba.smbclient('rmdir once');
    const { code, stdout, stderr } = await watching.finished;
    expect(code).toBe(1);
    expect(stdout).toMatch(/"state":"failed".*"code":"directory_deleted"/);
    expect(stderr).toContain('(directory_deleted)');
  });

  it('ends with 1 with --no-retry at a server that is not there', async () => {
    const ended = await runCommandLine(['watch', '--no-retry', 'smb://alice:pw@127.0.0.1:9/data']);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain('(unreachable)');
  });

  it('ends at the first failure with --no-retry', async () => {
    const own = await startSamba();
    const watching = watch(
      '--json',
      '--no-retry',
      `smb://alice:alicepw@127.0.0.1:${own.port}/data`,
    );
    await nextOfType(watching, 'subscribed');
    await own.stop();
    const { code, stdout, stderr } = await watching.finished;
    expect(code).toBe(1);
    expect(stdout.trim().split('\n').at(-1)).toMatch(/"state":"failed".*"code":"disconnected"/);
    expect(stderr).toContain('(disconnected)');
  });

  it.each([
    ['a rejected logon', 'smb://alice:wrong@HOST/data', 'denied', 'logon_failure'],
    ['a share that is not there', 'smb://alice:alicepw@HOST/nothing', 'deleted', 'share_not_found'],
    ['a directory that is not there', 'smb://alice:alicepw@HOST/data/no', 'deleted', 'not_found'],
    ['a file', 'smb://alice:alicepw@HOST/data/file.txt', 'deleted', 'not_a_directory'],
    ['a directory that is closed', 'smb://bob:bobpw@HOST/data/closed', 'denied', 'access_denied'],
    ['a local directory that is not there', '/nowhere/at/all', 'deleted', 'not_found'],
  ])('ends with 1 at %s', async (_, text, state, code) => {
    const target = text.replace('HOST', `127.0.0.1:${samba.port}`);
    const ended = await runCommandLine(['watch', '--json', target]);
    expect(ended.code).toBe(1);
    const lines = ended.stdout.trim().split('\n');
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ type: 'state', state, code });
    expect(ended.stderr).toContain(`(${code})`);
    expect(ended.stdout + ended.stderr).not.toMatch(/alicepw|wrong@/);
  });

  it('lists where the server does not notify, and says so', async () => {
    const own = await startSamba({ variant: 'nonotify' });
    try {
      const watching = watch('--json', `smb://alice:alicepw@127.0.0.1:${own.port}/data`);
      const polling = await nextState(watching, 'polling');
      expect(polling).toMatchObject({ code: 'notify_unsupported' });
      expect(await nextOfType(watching, 'subscribed')).toMatchObject({ state: 'polling' });
      writeFileSync(join(own.share, 'found.txt'), '');
      await changesUntil(watching, is({ action: 'added', path: 'found.txt' }));
      expect((await watching.interrupt()).code).toBe(0);
    } finally {
      await own.stop();
    }
  });

  it('says in words what it waits for without --json', async () => {
    const own = await startSamba();
    try {
      const watching = watch(`smb://alice:alicepw@127.0.0.1:${own.port}/data`);
      await expect.poll(() => watching.stderr, SOON).toContain('watching smb:');
      await own.restart();
      expect(await watching.line()).toBe('resync    reconnected: list the directory again');
      await expect.poll(() => watching.stderr, SOON).toMatch(/watching smb:.* again\n/);
      expect(watching.stderr).toMatch(/reconnecting: .*\(disconnected\); next try in \d\.\d s\n/);
      expect((await watching.interrupt()).stdout).not.toContain('stopped');
    } finally {
      await own.stop();
    }
  });

  it('ends quietly when nobody reads it any more', async () => {
    const watching = watch('--json', location());
    await nextOfType(watching, 'subscribed');
    watching.process.stdout?.destroy();
    writeFileSync(join(samba.share, 'unread.txt'), '');
    const { code, stderr } = await watching.finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('ends with 0 on Ctrl-C while it waits for a server that is not there', async () => {
    const watching = watch('--json', 'smb://alice:alicepw@127.0.0.1:9/data');
    const state = await watching.until<WatchEvent>(
      (line) => line.type === 'state' && line.state === 'reconnecting',
    );
    expect(state.at(-1)).toMatchObject({ code: 'unreachable' });
    expect((await watching.interrupt()).code).toBe(0);
  });
});

describe('tidewatch watch on a local directory', () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'tidewatch-watch-'));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it.each([
    ['a plain path', (path: string) => path],
    ['a file:// location', (path: string) => pathToFileURL(path).href],
  ])('follows %s, also when it is deleted and made again', async (_, written) => {
    const path = join(root, 'watched');
    mkdirSync(path);
    const watching = watch('--json', written(path));
    await nextOfType(watching, 'subscribed');
    writeFileSync(join(path, 'a.txt'), 'four');
    const changes = await changesUntil(watching, ({ size }) => size === 4);
    expect(changes.at(-1)).toMatchObject({ path: 'a.txt', kind: 'file' });
    expect(Date.parse(changes.at(-1)?.modified_at ?? '')).toBeGreaterThan(Date.now() - 60_000);
    rmSync(path, { recursive: true });
    await nextState(watching, 'deleted');
    mkdirSync(path);
    expect((await nextOfType(watching, 'resync')).reason).toBe('recreated');
    writeFileSync(join(path, 'b.txt'), '');
    // Not always `added`: a disk may give it the file id of the one that is gone.
    await changesUntil(watching, ({ path: changed }) => changed === 'b.txt');
    expect((await watching.interrupt()).code).toBe(0);
    rmSync(path, { recursive: true });
  });

  it('hides control characters, which no share has but a disk may', async () => {
    const watching = watch(root);
    await expect.poll(() => watching.stderr, SOON).toContain('watching');
    writeFileSync(join(root, 'a\u001b[31mb'), '');
    expect(await watching.line()).toBe('added     a\\u001b[31mb');
    expect((await watching.interrupt()).code).toBe(0);
  });

  it('sees what happens deep below with --recursive', async () => {
    const watching = watch('--json', '--recursive', root);
    await nextOfType(watching, 'subscribed');
    mkdirSync(join(root, 'a', 'b', 'c'), { recursive: true });
    writeFileSync(join(root, 'a', 'b', 'c', 'deep.txt'), '');
    await changesUntil(watching, is({ action: 'added', path: 'a/b/c/deep.txt' }));
    expect((await watching.interrupt()).code).toBe(0);
  });
});

function is(wanted: Change): (change: Change) => boolean {
  return (change) =>
    change.action === wanted.action &&
    change.path === wanted.path &&
    change.old_path === wanted.old_path;
}

import { appendFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ChangeLine, WatchLine } from '../../src/cli/watch-lines.ts';
import { groupEnded } from '../servers/process-group.ts';
import { startSamba } from '../servers/samba.ts';
import type { SambaServer, SambaVariant } from '../servers/samba.ts';
import { CommandLine, runCommandLine } from '../support/command-line.ts';
import { changesUntil, nextOfType } from '../support/watch-lines.ts';

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
      expect(epoch).toMatch(/^[0-9a-f-]{36}$/);
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
        .map((line) => JSON.parse(line) as WatchLine);
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
      expect(changes).toContainEqual({ action: 'removed', path: 'other.txt' });
      expect(watching.stdout).toContain('"old_path":"client.txt"');
      expect((await watching.interrupt()).code).toBe(0);
    });

    it('prints what the server reports from below with --recursive', async () => {
      const watching = watch('--json', '--recursive', location());
      await nextOfType(watching, 'subscribed');
      await samba.smbclient('cd sub; put smb.conf deep.txt; rm deep.txt');
      const changes = await changesUntil(watching, is({ action: 'removed', path: 'sub/deep.txt' }));
      expect(changes).toContainEqual({ action: 'added', path: 'sub/deep.txt' });
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
  });
  afterAll(() => samba.stop());
  const location = (path = ''): string => `smb://alice:alicepw@127.0.0.1:${samba.port}/data${path}`;

  it('prints lines for people without --json, and hides control characters', async () => {
    const watching = watch(location());
    await expect.poll(() => watching.stderr).toContain('watching smb://alice@127.0.0.1');
    writeFileSync(join(samba.share, 'a\u001b[31mb'), '');
    expect(await watching.line()).toBe('added     a\\u001b[31mb');
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
      const lost = await nextOfType(watching, 'state');
      expect(lost).toMatchObject({ state: 'reconnecting', attempt: 1, code: 'disconnected' });
      expect(lost.retry_in_ms).toBeLessThanOrEqual(500);
      await own.restart();
      const back = await watching.until<WatchLine>((line) => line.type === 'resync');
      expect(back.at(-2)).toMatchObject({ type: 'state', state: 'live' });
      expect(back.at(-1)).toEqual({ type: 'resync', seq: 1, reason: 'reconnected' });
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
    const deleted = await nextOfType(watching, 'state');
    expect(deleted).toMatchObject({ state: 'deleted', code: 'directory_deleted' });
    await samba.smbclient('mkdir passing');
    const resync = await nextOfType(watching, 'resync');
    expect(resync.reason).toBe('recreated');
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
    ['a share that is not there', 'smb://alice:alicepw@HOST/nothing', 'failed', 'share_not_found'],
    ['a directory that is not there', 'smb://alice:alicepw@HOST/data/no', 'failed', 'not_found'],
    ['a file', 'smb://alice:alicepw@HOST/data/file.txt', 'failed', 'not_a_directory'],
  ])('ends with 1 at %s', async (_, text, state, code) => {
    const target = text.replace('HOST', `127.0.0.1:${samba.port}`);
    const ended = await runCommandLine(['watch', '--json', target]);
    expect(ended.code).toBe(1);
    const lines = ended.stdout.trim().split('\n');
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ type: 'state', state, code });
    expect(ended.stderr).toContain(`(${code})`);
    expect(ended.stdout + ended.stderr).not.toMatch(/alicepw|wrong@/);
  });

  it('ends with 1 where the server does not notify', async () => {
    const own = await startSamba({ variant: 'nonotify' });
    const target = `smb://alice:alicepw@127.0.0.1:${own.port}/data`;
    const ended = await runCommandLine(['watch', '--json', target]).finally(() => own.stop());
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(/"state":"unsupported".*"code":"notify_unsupported"/);
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
    const state = await watching.until<WatchLine>(
      (line) => line.type === 'state' && line.state === 'reconnecting',
    );
    expect(state.at(-1)).toMatchObject({ code: 'unreachable' });
    expect((await watching.interrupt()).code).toBe(0);
  });
});

function is(wanted: ChangeLine): (change: ChangeLine) => boolean {
  return (change) =>
    change.action === wanted.action &&
    change.path === wanted.path &&
    change.old_path === wanted.old_path;
}

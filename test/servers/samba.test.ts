import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { isFree } from './free-port.ts';
import { groupEnded, groupMembers } from './process-group.ts';
import { SAMBA_VARIANTS, startSamba } from './samba.ts';
import type { SambaVariant } from './samba.ts';

describe('a private Samba server', () => {
  it.each(Object.keys(SAMBA_VARIANTS) as SambaVariant[])(
    'in the variant %s starts, answers smbclient and leaves nothing behind',
    async (variant) => {
      const samba = await startSamba({ variant });
      try {
        writeFileSync(join(samba.share, 'seen-by-the-client.txt'), 'hello');
        expect(await samba.smbclient('ls')).toContain('seen-by-the-client.txt');
        await samba.smbclient('mkdir made-by-the-client');
        expect(existsSync(join(samba.share, 'made-by-the-client'))).toBe(true);
        expect(samba.childPids().length).toBeGreaterThan(0);
        expect(samba.cpuSeconds()).toBeGreaterThan(0);
      } finally {
        await samba.stop();
      }
      expect(groupMembers(samba.pid).filter((member) => !member.zombie)).toEqual([]);
      expect(existsSync(samba.dir)).toBe(false);
      expect(await isFree(samba.port)).toBe(true);
    },
  );

  it('rejects a wrong password and lets another user in', async () => {
    const samba = await startSamba();
    try {
      await expect(samba.smbclient('ls', { password: 'wrong' })).rejects.toThrow('LOGON_FAILURE');
      expect(await samba.smbclient('ls', { user: 'bob' })).toContain('blocks');
      await expect(samba.smbclient('mkdir x', { share: 'ro' })).rejects.toThrow('ACCESS_DENIED');
    } finally {
      await samba.stop();
    }
  });

  it('runs several at once, each on a port of its own', async () => {
    const servers = await Promise.all([startSamba(), startSamba(), startSamba(), startSamba()]);
    try {
      expect(new Set(servers.map((server) => server.port)).size).toBe(servers.length);
      await Promise.all(servers.map((server) => server.smbclient('ls')));
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  });

  it('shares a given directory, adds lines to smb.conf, and leaves the directory alone', async () => {
    const sharePath = mkdtempSync(join(tmpdir(), 'tidewatch-share-'));
    chmodSync(sharePath, 0o755);
    try {
      writeFileSync(join(sharePath, 'kept.txt'), '');
      const samba = await startSamba({ sharePath, share: ['veto files = /hidden.txt/'] });
      writeFileSync(join(sharePath, 'hidden.txt'), '');
      const listing = await samba.smbclient('ls').finally(() => samba.stop());
      expect(listing).toContain('kept.txt');
      expect(listing).not.toContain('hidden.txt');
      expect(existsSync(join(sharePath, 'kept.txt'))).toBe(true);
    } finally {
      rmSync(sharePath, { recursive: true });
    }
  });

  it('answers smbcontrol, and starts again on the same port after it was killed', async () => {
    const samba = await startSamba();
    try {
      expect(await samba.smbcontrol('smbd', 'ping')).toContain('PONG');
      const before = samba.pid;
      process.kill(before, 'SIGKILL');
      expect(await groupEnded(before, 5000)).toBe(true);
      await samba.restart();
      expect(samba.pid).not.toBe(before);
      expect(await samba.smbclient('ls')).toContain('blocks');
    } finally {
      await samba.stop();
    }
  });

  it('ends with the process that started it, even when that is killed', async () => {
    const module = JSON.stringify(new URL('./samba.ts', import.meta.url).href);
    const script = `const { startSamba } = await import(${module});
      const samba = await startSamba();
      console.log(JSON.stringify({ pid: samba.pid, dir: samba.dir }));
      setInterval(() => {}, 1000);`;
    const runner = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(runner.stdout), 'line')) as [string];
    const { pid, dir } = JSON.parse(line) as { pid: number; dir: string };
    expect(groupMembers(pid).length).toBeGreaterThan(0);
    runner.kill('SIGKILL');
    await once(runner, 'exit');
    expect(await groupEnded(pid, 5000)).toBe(true);
    await expect.poll(() => existsSync(dir), { timeout: 5000 }).toBe(false);
  });

  it('names the packages to install when smbd is missing', async () => {
    const path = process.env['PATH'];
    const { runProgram } = await import('./run-program.ts');
    await expect(
      runProgram('smbd-that-is-not-there', [], { env: { PATH: path ?? '' } }),
    ).rejects.toThrow(/apt-get install .*samba smbclient libnss-wrapper/);
  });
});

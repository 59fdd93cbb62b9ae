import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imohash } from '../../src/imohash/index.ts';
import { startSamba } from '../servers/samba.ts';
import type { SambaServer, SambaVariant } from '../servers/samba.ts';
import { CommandLine, runCommandLine } from '../support/command-line.ts';

const FILES = {
  'empty.bin': Buffer.alloc(0),
  'small.bin': Buffer.from('hello'),
  'just-whole.bin': Buffer.alloc(131_071, 'abc'),
  'just-sampled.bin': Buffer.alloc(131_072, 'abc'),
  'large.bin': Buffer.alloc(3_000_001, 'tidewatch'),
} as const;

describe.each<SambaVariant>(['default', 'signing', 'encrypt', 'smb202'])(
  'the command line against a server in the variant %s',
  (variant) => {
    let samba: SambaServer;
    let base: string;
    beforeAll(async () => {
      samba = await startSamba({ variant });
      base = `smb://alice:alicepw@127.0.0.1:${samba.port}/data`;
      for (const [name, bytes] of Object.entries(FILES)) {
        writeFileSync(join(samba.share, name), bytes);
      }
      mkdirSync(join(samba.share, 'directory'));
      mkdirSync(join(samba.share, 'größe & 漢字'));
      writeFileSync(join(samba.share, 'größe & 漢字', 'a#b%c.txt'), 'x');
    });
    afterAll(() => samba.stop());

    it('lists a directory', async () => {
      const { code, stdout, stderr } = await runCommandLine(['ls', '--json', base]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const entries = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { name: string });
      expect(entries.map((entry) => entry.name).sort()).toEqual(
        [...Object.keys(FILES), 'directory', 'größe & 漢字'].sort(),
      );
      const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
      expect(entries.find((entry) => entry.name === 'large.bin')).toEqual({
        name: 'large.bin',
        kind: 'file',
        size: 3_000_001,
        modified_at: expect.stringMatching(time) as string,
        created_at: expect.stringMatching(time) as string,
        file_id: expect.stringMatching(/^\d+$/) as string,
      });
      expect(entries.find((entry) => entry.name === 'directory')).toMatchObject({
        kind: 'directory',
        size: 0,
      });
    });

    it('lists below a name with characters that have to be escaped', async () => {
      const path = encodeURIComponent('größe & 漢字');
      const { stdout } = await runCommandLine(['ls', `${base}/${path}`]);
      expect(stdout).toMatch(/^ +1 {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}a#b%c\.txt\n$/);
    });

    it('hashes files to what a local file gives', async () => {
      const targets = Object.keys(FILES).map((name) => `${base}/${name}`);
      const { code, stdout, stderr } = await runCommandLine(['hash', ...targets]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const lines = Object.entries(FILES).map(
        ([name, bytes]) => `${imohash(bytes)}  smb://alice@127.0.0.1:${samba.port}/data/${name}`,
      );
      expect(stdout).toBe(`${lines.join('\n')}\n`);
    });

    it('checks a location stage by stage', async () => {
      const { code, stdout } = await runCommandLine(['doctor', '--json', base]);
      expect(code).toBe(0);
      const results = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as DoctorLine);
      const stages = ['dns', 'tcp', 'negotiate', 'auth', 'tree', 'open', 'notify'];
      const found = results.filter((result) => stages.includes(result.check));
      expect(found.map((result) => result.check)).toEqual(stages);
      expect(found.every((result) => result.status === 'ok' && result.ms >= 0)).toBe(true);
      const negotiated = found.find((result) => result.check === 'negotiate');
      expect(negotiated).toMatchObject({
        dialect: variant === 'smb202' ? '2.0.2' : '3.1.1',
        signing_required: variant === 'signing',
        cipher: variant === 'smb202' ? 'none' : 'aes-128-gcm',
      });
      expect(found.find((result) => result.check === 'auth')).toMatchObject({
        server_kind: 'samba',
      });
    });
  },
);

interface DoctorLine {
  readonly check: string;
  readonly status: string;
  readonly ms: number;
}

describe('the command line', () => {
  let samba: SambaServer;
  let dir: string;
  let target: string;
  beforeAll(async () => {
    samba = await startSamba();
    target = `smb://alice@127.0.0.1:${samba.port}/data`;
    dir = mkdtempSync(join(tmpdir(), 'tidewatch-cli-'));
    writeFileSync(join(dir, 'password'), 'alicepw\n');
    writeFileSync(join(dir, 'file.bin'), FILES['large.bin']);
    writeFileSync(join(samba.share, 'file.bin'), FILES['large.bin']);
  });
  afterAll(async () => {
    await samba.stop();
    rmSync(dir, { recursive: true });
  });

  it('takes the password from a file or the environment', async () => {
    const file = ['--password-file', join(dir, 'password')];
    expect(await runCommandLine(['ls', target, ...file])).toMatchObject({ code: 0 });
    const env = { TIDEWATCH_SMB_PASSWORD: 'alicepw' };
    expect(await runCommandLine(['ls', target], { env })).toMatchObject({ code: 0 });
    const missing = await runCommandLine(['ls', target, '--password-file', join(dir, 'nothing')]);
    expect(missing).toMatchObject({ code: 2 });
    expect(await runCommandLine(['ls', target])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--password-file') as string,
    });
  });

  it('sends one password to one user of one server only', async () => {
    const args = ['hash', `${target}/file.bin`, 'smb://alice@127.0.0.2:1/data/file.bin'];
    const env = { TIDEWATCH_SMB_PASSWORD: 'alicepw' };
    const { code, stderr } = await runCommandLine(args, { env });
    expect(code).toBe(2);
    expect(stderr).toContain('several');
  });

  it('fails with 1 and the code when the logon is rejected', async () => {
    for (const command of ['ls', 'hash', 'doctor']) {
      const wrong = `smb://alice:wrongpw@127.0.0.1:${samba.port}/data`;
      const { code, stdout, stderr } = await runCommandLine([command, '--json', wrong]);
      expect(code).toBe(1);
      expect(stdout + stderr).toContain('logon_failure');
      expect(stdout + stderr).not.toContain('wrongpw');
    }
  });

  it('hashes and lists what is local too', async () => {
    const file = join(dir, 'file.bin');
    const hash = imohash(FILES['large.bin']);
    const { stdout } = await runCommandLine(['hash', '--json', file, `file://${file}`]);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { hash, location: file, size: 3_000_001 },
      { hash, location: `file://${file}`, size: 3_000_001 },
    ]);
    const listing = await runCommandLine(['ls', '--json', dir]);
    expect(listing.stdout).toContain('"name":"file.bin","kind":"file","size":3000001');
  });

  it('goes on after a file that cannot be hashed, and ends with 1', async () => {
    const env = { TIDEWATCH_SMB_PASSWORD: 'alicepw' };
    const locations = [join(dir, 'missing'), dir, target, `${target}/no`, join(dir, 'file.bin')];
    const { code, stdout, stderr } = await runCommandLine(['hash', ...locations], { env });
    expect(code).toBe(1);
    expect(stdout.trim().split('\n')).toHaveLength(1);
    for (const word of ['not_found', 'is_a_directory']) expect(stderr).toContain(`(${word})`);
    expect(stderr.match(/is_a_directory/g)).toHaveLength(2);
  });

  it('reports what cannot be listed by its code', async () => {
    const env = { TIDEWATCH_SMB_PASSWORD: 'alicepw' };
    const stderr = async (text: string): Promise<string> => {
      const ended = await runCommandLine(['ls', text], { env });
      expect(ended.code).toBe(1);
      return ended.stderr;
    };
    expect(await stderr(`${target}/missing`)).toContain('(not_found)');
    expect(await stderr(`${target}/file.bin`)).toContain('(not_a_directory)');
    expect(await stderr(join(dir, 'missing'))).toContain('(not_found)');
    expect(await stderr(join(dir, 'file.bin'))).toContain('(not_a_directory)');
    expect(await stderr('smb://alice@127.0.0.1:9/data')).toContain('(unreachable)');
    const bucket = 's3://bucket/prefix?endpoint=http://127.0.0.1:9';
    expect(await stderr(bucket)).toContain('(unreachable)');
  });

  it('shows what a directory without rights answers', async () => {
    const closed = join(samba.share, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0);
    const env = { TIDEWATCH_SMB_PASSWORD: 'alicepw' };
    const { code, stderr } = await runCommandLine(['ls', `${target}/closed`], { env });
    chmodSync(closed, 0o700);
    expect(code).toBe(1);
    expect(stderr).toContain('(access_denied)');
  });

  it.each([
    [[]],
    [['watch']],
    [['ls', '/tmp', 'more']],
    [['ls', '--what', '/tmp']],
    [['dance']],
    [['hash']],
    [['ls', 'http://host/path']],
    [['ls', 'smb://alice:secretword@host']],
    [['smb://alice:secretword@host/share']],
    [['ls', '--what=smb://alice:secretword@host/share']],
    [['ls', 'smb://alice:secret/word@host/share']],
    [['watch', '--filter', 'everything', 'smb://alice:secretword@host/share']],
    [['ls', 'smb://host/share']],
  ])('ends with 2 on a command line it cannot understand: %j', async (args) => {
    const { code, stdout, stderr } = await runCommandLine(args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).not.toBe('');
    expect(stderr).not.toMatch(/secretw|word@/);
  });

  it('ends with 1 for locations that are no place to watch', async () => {
    const places = [
      [join(dir, 'file.bin'), '(not_a_directory)'],
      [`file://${dir}/nothing`, '(not_found)'],
    ] as const;
    for (const [text, says] of places) {
      const { code, stderr } = await runCommandLine(['watch', text]);
      expect(code).toBe(1);
      expect(stderr).toContain(says);
    }
  });

  it('prints help and version on standard output', async () => {
    expect((await runCommandLine(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const help = await runCommandLine(['watch', '--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain('--recursive');
  });

  it('checks this machine', async () => {
    const { code, stdout } = await runCommandLine(['doctor']);
    expect(code).toBe(0);
    for (const check of ['node', 'crypto', 'hashing', 'open-files']) {
      expect(stdout).toMatch(new RegExp(`^(ok|warn) +${check} `, 'm'));
    }
  });

  it('says at which stage a location fails, and how to mend it', async () => {
    const env = { TIDEWATCH_SMB_PASSWORD: 'alicepw' };
    const stage = async (text: string): Promise<string> => {
      const { code, stdout } = await runCommandLine(['doctor', text], { env });
      expect(code).toBe(1);
      return /^fail +(\S+)/m.exec(stdout)?.[1] ?? '';
    };
    const host = `127.0.0.1:${samba.port}`;
    expect(await stage('smb://alice@host.invalid/data')).toBe('dns');
    expect(await stage('smb://alice@127.0.0.1:9/data')).toBe('tcp');
    expect(await stage(`smb://alice:no@${host}/data`)).toBe('auth');
    expect(await stage(`smb://alice@${host}/nothing`)).toBe('tree');
    expect(await stage(`smb://alice@${host}/data/missing`)).toBe('open');
  });

  it('logs on as nobody or as a guest only when told to', async () => {
    const guest = await startSamba({ variant: 'guest' });
    try {
      const host = `127.0.0.1:${guest.port}/data`;
      const ls = (...args: string[]): Promise<{ code: number | null; stderr: string }> =>
        runCommandLine(['ls', ...args]);
      const stranger = `smb://stranger:pw@${host}`;
      expect(await ls('--anonymous', `smb://${host}`)).toMatchObject({ code: 0, stderr: '' });
      expect(await ls('--guest', stranger)).toMatchObject({ code: 0, stderr: '' });
      const refused = await ls(stranger);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('(guest_refused)');
      const signed = await ls('--guest', '--require-signing', stranger);
      expect(signed.stderr).toContain('(signing_required)');
      const { code, stdout } = await runCommandLine(['doctor', '--guest', stranger]);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^warn +auth +logged on as a guest/m);
    } finally {
      await guest.stop();
    }
  });

  it('ends quietly when the reader goes away', async () => {
    const listing = new CommandLine(['ls', '--json', '/proc/self/fd']);
    listing.process.stdout?.destroy();
    const { code, stderr } = await listing.finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

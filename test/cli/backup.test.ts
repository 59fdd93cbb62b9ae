import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openBackup } from '../../src/app/server/backup-read.ts';
import { Output } from '../../src/cli/output.ts';
import { runProgram } from '../../src/cli/program.ts';
import { startPostgres } from '../servers/postgres.ts';
import type { PostgresServer } from '../servers/postgres.ts';
import { ADMIN_PASSWORD, SHARE_PASSWORD, keepData, whatWorks } from '../support/kept-data.ts';
import type { KeptData } from '../support/kept-data.ts';
import { FAST_DIRECTORY, freshDataDir } from '../support/test-database.ts';
import { TextSink } from '../support/text-sink.ts';

const PASSPHRASE = 'canary of the backup';
const OTHER_KEY = Buffer.alloc(32, 7).toString('base64');

/** What works of a server whose backup was restored. */
const RESTORED = {
  ...{ account: 'admin', connection: 'nas', token: true, login: false },
  target: expect.objectContaining({
    logon: expect.objectContaining({ password: SHARE_PASSWORD }) as unknown,
  }) as unknown,
};

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  readonly env?: Record<string, string>;
  readonly typed?: string;
  readonly signal?: AbortSignal;
}

/** Runs a command as a shell does; `typed` makes it one with a terminal. */
async function run(
  args: readonly string[],
  { env = {}, signal = new AbortController().signal, typed }: RunOptions = {},
): Promise<Ran> {
  const [stdout, stderr] = [new TextSink(), new TextSink()];
  stderr.isTTY = typed !== undefined;
  const terminal = new PassThrough();
  const input = Object.assign(terminal, { isTTY: typed !== undefined, setRawMode: () => input });
  if (typed !== undefined) input.write(typed);
  const code = await runProgram(args, {
    ...{ output: new Output(stdout, stderr), env, terminal: { input, output: stderr } },
    signal,
  });
  const ran = { code, stdout: stdout.take(), stderr: stderr.take() };
  for (const secret of secrets) expect(ran.stdout + ran.stderr).not.toContain(secret);
  return ran;
}

const KNOWN = { env: { TIDEWATCH_BACKUP_PASSPHRASE: PASSPHRASE } };

/** The data folder of a server, and backups of it with and without its key. */
let kept: KeptData;
let folder: string;
let withKey: string;
let withoutKey: string;
let made: readonly Ran[];
/** What no file and no output may show. */
let secrets: readonly string[] = [];
beforeAll(async () => {
  kept = await keepData();
  folder = mkdtempSync(join(FAST_DIRECTORY, 'tidewatch-backups-'));
  withKey = join(folder, 'with-key');
  withoutKey = join(folder, 'without-key');
  const key = readFileSync(join(kept.dataDir, 'secret-key'), 'utf8').trim();
  secrets = [
    ...[ADMIN_PASSWORD, SHARE_PASSWORD, PASSPHRASE, kept.login, kept.token, key],
    ...[Buffer.from(key, 'base64').toString('hex'), Buffer.from(SHARE_PASSWORD).toString('hex')],
  ];
  made = [
    await run(['backup', withKey, '--data-dir', kept.dataDir], KNOWN),
    await run(['backup', withoutKey, '--data-dir', kept.dataDir]),
  ];
}, 120_000);
afterAll(() => {
  for (const path of [folder, kept.dataDir]) rmSync(path, { recursive: true });
});

let dir: string;
let target: string;
beforeEach(() => {
  dir = mkdtempSync(join(FAST_DIRECTORY, 'tidewatch-restored-'));
  target = join(dir, 'data');
});
afterEach(() => rmSync(dir, { recursive: true }));

/** A data folder with a new, empty database. */
async function emptyTarget(): Promise<void> {
  const fresh = await freshDataDir();
  cpSync(fresh, target, { recursive: true });
  rmSync(fresh, { recursive: true });
}

function restore(file: string, more?: RunOptions, ...args: string[]): Promise<Ran> {
  return run(['restore', file, '--data-dir', target, ...args], more);
}

describe('a backup', () => {
  it('says what it holds, and what not', () => {
    const [keyed, keyless] = made.map(({ stdout }) => stdout);
    expect(made.map(({ code, stderr }) => ({ code, stderr }))).toEqual([
      { code: 0, stderr: '' },
      { code: 0, stderr: '' },
    ]);
    expect(keyed).toMatch(/^wrote .*with-key, [\d,]+ bytes, 2\S+Z\nit holds user 1, api_token 2, /);
    expect(keyed).toMatch(/\nand the secret key [0-9a-f]{16}, under the passphrase\n/);
    expect(keyless).toMatch(/\nnot the secret key [0-9a-f]{16}, which its stored passwords need/);
    expect(keyless).toContain('not the caches of directories');
  });

  it('is for its owner alone, and shows no secret', () => {
    for (const file of [withKey, withoutKey]) {
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const text = readFileSync(file, 'utf8');
      for (const secret of secrets) expect(text).not.toContain(secret);
    }
    // Nothing is left of the files that they were written as.
    expect(readdirSync(folder)).toEqual(['with-key', 'without-key']);
  });

  it('replaces no file unless it is told to', async () => {
    const file = join(dir, 'file');
    writeFileSync(file, 'precious');
    const args = ['backup', file, '--data-dir', kept.dataDir];
    const refused = await run(args, KNOWN);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('--force replaces it (already_exists)');
    expect(readFileSync(file, 'utf8')).toBe('precious');
    expect((await run([...args, '--force', '--without-key'], KNOWN)).code).toBe(0);
    expect(readFileSync(file, 'utf8')).not.toContain('sealed":"');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(dir)).toEqual(['file']);
  });

  it.each<[string, RunOptions, RegExp, number, ...string[]]>([
    ['a short passphrase', { env: { TIDEWATCH_BACKUP_PASSPHRASE: 'short' } }, /12 characters/, 1],
    ['one that was mistyped', { typed: 'one passphrase\rtwo passphrases\r' }, /two .* differ/, 2],
    [
      'a file that is not there',
      {},
      /cannot read the password file/,
      2,
      '--passphrase-file',
      '/no',
    ],
  ])('is not made with %s', async (_, more, message, code, ...args) => {
    const ran = await run(['backup', join(dir, 'file'), '--data-dir', kept.dataDir, ...args], more);
    expect(ran).toMatchObject({ code, stdout: '' });
    expect(ran.stderr).toMatch(message);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('is not made of nothing, and makes nothing', async () => {
    const nothing = await run(['backup', join(dir, 'file'), '--data-dir', target]);
    expect(nothing.stderr).toContain(`there is no database in ${target} (not_found)`);
    expect(existsSync(target)).toBe(false);
    await emptyTarget();
    const empty = await run(['backup', join(dir, 'file'), '--data-dir', target]);
    expect(empty.stderr).toContain('the database is empty');
    const nowhere = await run(['backup', join(dir, 'no', 'file'), '--data-dir', kept.dataDir]);
    expect(nowhere.stderr).toContain('(not_found)');
    expect(readdirSync(dir)).toEqual(['data']);
  });

  it('is not made with a key that is not there', async () => {
    cpSync(kept.dataDir, target, { recursive: true });
    rmSync(join(target, 'secret-key'));
    const ran = await run(['backup', join(dir, 'file'), '--data-dir', target], KNOWN);
    expect(ran.stderr).toContain('(secret_key_missing)');
    expect(readdirSync(dir)).toEqual(['data']);
    expect(existsSync(join(target, 'secret-key'))).toBe(false);
  });
});

describe('a backup that is interrupted', () => {
  it('leaves no file', async () => {
    const args = ['backup', join(dir, 'file'), '--data-dir', kept.dataDir];
    expect(await run(args, { signal: AbortSignal.abort() })).toMatchObject({ code: 130 });
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe('a backup that is restored', () => {
  it('brings everything back, with the key that stored passwords need', async () => {
    await emptyTarget();
    const ran = await restore(withKey, { typed: `${PASSPHRASE}\r` });
    expect(ran).toMatchObject({ code: 0, stderr: 'Passphrase of the backup: \n' });
    expect(ran.stdout).toContain('ended 1 login; tokens for programs count as they did then\n');
    expect(ran.stdout).toContain('the secret key is in place\n');
    expect(statSync(join(target, 'secret-key')).mode & 0o777).toBe(0o600);
    expect(await whatWorks(kept, target)).toEqual(RESTORED);

    // A second time it would mix two servers.
    const again = await restore(withKey, KNOWN);
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toContain('(database_not_empty)');
    expect(await whatWorks(kept, target)).toEqual(RESTORED);
  });

  it('without its key says which one to put in place, and works with it', async () => {
    await emptyTarget();
    const ran = await restore(withoutKey);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toMatch(/before you start the server, put the secret key [0-9a-f]{16} /);
    const started = whatWorks(kept, target);
    await expect(started).rejects.toMatchObject({ code: 'secret_key_missing' });
    cpSync(join(kept.dataDir, 'secret-key'), join(target, 'secret-key'));
    expect(await whatWorks(kept, target)).toEqual(RESTORED);
  });

  it('leaves a key alone that is in place', async () => {
    await emptyTarget();
    const file = join(target, 'secret-key');
    writeFileSync(file, `${OTHER_KEY}\n`, { mode: 0o600 });
    const refused = await restore(withKey, KNOWN);
    expect(refused.stderr).toMatch(/holds the key .* which is not replaced.*\(secret_key_wrong\)/);
    expect(readFileSync(file, 'utf8')).toBe(`${OTHER_KEY}\n`);
    rmSync(file);
    const variable = { ...KNOWN.env, TIDEWATCH_SECRET_KEY: OTHER_KEY };
    expect((await restore(withKey, { env: variable })).stderr).toContain('(secret_key_wrong)');
    // Nothing was put in before, so the right key may follow.
    cpSync(join(kept.dataDir, 'secret-key'), file);
    const restored = await restore(withKey, KNOWN);
    expect(restored.stdout).toContain('the secret key was in place already\n');
  });

  it('needs its passphrase, and writes nothing without', async () => {
    const wrong = await restore(withKey, { env: { TIDEWATCH_BACKUP_PASSPHRASE: 'another one!' } });
    expect(wrong).toMatchObject({ code: 1, stdout: '' });
    expect(wrong.stderr).toContain('(passphrase_wrong)');
    const none = await restore(withKey);
    expect(none).toMatchObject({ code: 2, stdout: '' });
    expect(none.stderr).toContain('--without-key');
    expect(existsSync(target)).toBe(false);
  });
});

describe('a file that is not as it was written', () => {
  const bytes = (): Buffer => readFileSync(withKey);

  async function expectDamaged(content: Buffer): Promise<void> {
    const file = join(dir, 'damaged');
    writeFileSync(file, content);
    await expect(openBackup(file)).rejects.toMatchObject({ code: 'dump_damaged' });
  }

  it('is found out, whichever bit of it changed', async () => {
    const { length } = bytes();
    const places = [...Array.from({ length: 60 }, (_, i) => Math.floor((i * length) / 60))];
    // All of the end, which the checksum cannot cover.
    for (let place = length - 90; place < length; place++) places.push(place);
    for (const place of places) {
      const damaged = bytes();
      damaged[place] = (damaged[place] ?? 0) ^ (1 << (place % 8));
      await expectDamaged(damaged);
    }
  });

  it('is found out when it is cut, longer, or something else', async () => {
    const whole = bytes();
    for (const length of [0, 1, 50, 300, whole.length - 200, whole.length - 1]) {
      await expectDamaged(whole.subarray(0, length));
    }
    await expectDamaged(Buffer.concat([whole, Buffer.from('\n')]));
    await expectDamaged(Buffer.concat([whole, whole]));
    await expectDamaged(Buffer.from('PK\u0003\u0004 something else'));
  });

  it('is refused when a newer version made it', async () => {
    const text = bytes().toString('utf8');
    await expectDamaged(Buffer.from(text.replace('"version":1', '"version":2')));
    const newer = text.replace(/"schema":"[^"]+"/, '"schema":"20991231-what-is-to-come"');
    const file = join(dir, 'newer');
    writeFileSync(file, withRightSums(newer));
    const ran = await restore(file, KNOWN);
    expect(ran.stderr).toContain('a newer version of Tidewatch made it (dump_damaged)');
    expect(existsSync(target)).toBe(false);
    // It is the version alone.
    writeFileSync(file, withRightSums(text));
    await (await openBackup(file)).close();
  });

  it('writes nothing', async () => {
    const damaged = bytes();
    const middle = Math.floor(damaged.length / 2);
    damaged[middle] = (damaged[middle] ?? 0) ^ 1;
    const file = join(dir, 'damaged');
    writeFileSync(file, damaged);
    const ran = await restore(file, KNOWN);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toContain('(dump_damaged)');
    expect(existsSync(target)).toBe(false);
  });
});

describe('a row that the database does not take', () => {
  it('leaves neither rows nor the key', async () => {
    const text = readFileSync(withKey, 'utf8');
    const file = join(dir, 'twice');
    writeFileSync(file, withRightSums(text.replace(/^\["first-admin".*\n/m, '$&$&')));
    await emptyTarget();
    const ran = await restore(file, KNOWN);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toContain('(dump_damaged)');
    expect(existsSync(join(target, 'secret-key'))).toBe(false);
    // Nothing is in the way of a better one.
    expect((await restore(withKey, KNOWN)).code).toBe(0);
  });
});

describe('the embedded database', () => {
  let postgres: PostgresServer;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());

  it('is copied to PostgreSQL with nothing lost, and from there to a file and back', async () => {
    const url = await postgres.createDatabase();
    const env = { TARGET_DATABASE_URL: url };
    const args = ['migrate', '--data-dir', kept.dataDir];
    const copied = await run(args, { env });
    expect(copied).toMatchObject({ code: 0, stderr: '' });
    expect(copied.stdout).toMatch(/\n {2}user 1\n {2}api_token 2\n {2}connection 1\n/);
    expect(copied.stdout).toContain('DATABASE_URL=postgres://test:…@127.0.0.1:');
    expect(copied.stdout).not.toContain(new URL(url).password);
    const again = await run(['migrate', '--to', url, '--data-dir', kept.dataDir]);
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toContain('(database_not_empty)');

    const database = { ...KNOWN.env, DATABASE_URL: url };
    const file = join(dir, 'backup');
    expect((await run(['backup', file, '--data-dir', kept.dataDir], { env: database })).code).toBe(
      0,
    );
    await emptyTarget();
    expect((await restore(file, KNOWN)).code).toBe(0);
    expect(await whatWorks(kept, target)).toEqual(RESTORED);
    // The login as well: it is the same server.
    expect(await whatWorks(kept, kept.dataDir, { DATABASE_URL: url })).toEqual({
      ...RESTORED,
      login: true,
    });
  });

  it('is copied to nowhere without saying where, and from nowhere', async () => {
    const unsaid = await run(['migrate', '--data-dir', kept.dataDir]);
    expect(unsaid).toMatchObject({ code: 2, stdout: '' });
    const env = { TARGET_DATABASE_URL: 'mysql://u:canary@db/x' };
    const other = await run(['migrate', '--data-dir', kept.dataDir], { env });
    expect(other).toEqual({
      ...{ code: 2, stdout: '' },
      stderr: 'tidewatch: the target is no postgres:// URL\n',
    });
    const to = ['--to', 'postgres://u:hidden@127.0.0.1:1/x?password=hidden'];
    const from = await run(['migrate', ...to, '--data-dir', target]);
    expect(from.stderr).toContain(`there is no database in ${target} (not_found)`);
    const unreachable = await run(['migrate', ...to, '--data-dir', kept.dataDir]);
    expect(unreachable.stderr).toContain('(database_unreachable)');
    const mistyped = await run(['migrate', `-${to.join('=')}`]);
    for (const ran of [from, unreachable, mistyped]) {
      expect(ran).toMatchObject({ stdout: '' });
      expect(ran.stderr).not.toContain('hidden');
    }
    expect(existsSync(target)).toBe(false);
  });
});

/** The same backup with the checksums that belong to its lines. */
function withRightSums(text: string): string {
  const sum = (part: string): string => createHash('sha256').update(part).digest('hex');
  const lines = text.split('\n').slice(0, -1);
  const head = `${lines[0]}\n`;
  const rows = lines.slice(1, -3).map((line) => `${line}\n`);
  const { manifest } = JSON.parse(lines.at(-3) ?? '') as { manifest: object };
  const summed = { manifest: { ...manifest, sha256: sum(rows.join('')) } };
  const dump = `${rows.join('')}${JSON.stringify(summed)}\n`;
  const end = `{"dump_bytes":${Buffer.byteLength(dump)},"sha256":"`;
  const covered = `${head}${dump}${lines.at(-2)}\n${end}`;
  return `${covered}${sum(covered)}"}\n`;
}

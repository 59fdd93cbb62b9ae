import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FROM, NOTHING_OWNED } from '../../test/support/account-setting.ts';
import { QuietLogger } from '../../test/support/quiet-logger.ts';
import { TextSink } from '../../test/support/text-sink.ts';
import { startPostgres } from '../../test/servers/postgres.ts';
import type { PostgresServer } from '../../test/servers/postgres.ts';
import { openAccountServices } from '../accounts/account-services.ts';
import type { AccountServices } from '../accounts/account-services.ts';
import { systemClock } from '../app/index.ts';
import { accountCommands } from '../app/server/admin-socket-commands.ts';
import { listenAdminSocket } from '../app/server/admin-socket.ts';
import { openDatabase } from '../db/open-database.ts';
import { Output } from './output.ts';
import { runProgram } from './program.ts';

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

let dataDir = '';
let databaseUrl = '';
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'tidewatch-shell-'));
  databaseUrl = await postgres.createDatabase();
});
afterEach(() => rmSync(dataDir, { recursive: true }));

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command as a shell does; `typed` makes it one with a terminal. */
async function run(
  args: readonly string[],
  more: { env?: Record<string, string>; typed?: string } = {},
): Promise<Ran> {
  const { env = {}, typed } = more;
  const stdout = new TextSink();
  const stderr = new TextSink();
  stderr.isTTY = typed !== undefined;
  const terminal = new PassThrough();
  const input = Object.assign(terminal, { isTTY: typed !== undefined, setRawMode: () => input });
  if (typed !== undefined) input.write(typed);
  const code = await runProgram([...args, '--data-dir', dataDir], {
    output: new Output(stdout, stderr),
    env: { DATABASE_URL: databaseUrl, ...env },
    terminal: { input, output: stderr },
    signal: new AbortController().signal,
  });
  return { code, stdout: stdout.take(), stderr: stderr.take() };
}

/** Looks into the database, as a server would that is started now. */
async function withServices<T>(look: (services: AccountServices) => Promise<T>): Promise<T> {
  const logger = new QuietLogger();
  const db = await openDatabase({ dataDir, databaseUrl, logger });
  const services = await openAccountServices({
    ...{ db, dataDir, env: {}, logger, clock: systemClock, ownedThings: NOTHING_OWNED },
  });
  try {
    return await look(services);
  } finally {
    await services.close();
    await db.close();
  }
}

const KNOWN = { TIDEWATCH_USER_PASSWORD: 'correct horse' };

describe('accounts from the shell', () => {
  it('are made without a server, and can log in to the next one', async () => {
    const added = await run(['user', 'add', 'Ann', '--admin'], { env: KNOWN });
    expect(added).toMatchObject({ code: 0, stdout: 'made the account Ann (admin)\n' });
    // The first use of a database makes `admin` as well, as the first start of a server does.
    expect(added.stderr).toContain(join(dataDir, 'admin-password'));
    const file = join(dataDir, 'password');
    writeFileSync(file, 'from a file\n');
    const bob = await run(['user', 'add', 'bob', '--password-file', file]);
    expect(bob).toEqual({ code: 0, stdout: 'made the account bob (user)\n', stderr: '' });
    await withServices(async ({ accounts, firstAdmin }) => {
      expect(firstAdmin).toBeUndefined();
      const ann = await accounts.login('ann', 'correct horse', FROM);
      expect(ann.user).toMatchObject({ username: 'Ann', role: 'admin' });
      expect((await accounts.login('bob', 'from a file', FROM)).user.role).toBe('user');
      const admin = readFileSync(join(dataDir, 'admin-password'), 'utf8').trim();
      expect((await accounts.login('admin', admin, FROM)).user.role).toBe('admin');
    });
  });

  it('get a new password and tokens', async () => {
    await run(['user', 'add', 'ann'], { env: KNOWN });
    const typed = 'another horse\ranother horse\r';
    const changed = await run(['user', 'passwd', 'ANN'], { typed });
    expect(changed.stdout).toBe('set the password of ANN\n');
    expect(changed.stderr).toBe('New password of ANN: \nThe same again: \n');
    const made = await run(['token', 'create', 'ann', '--label', 'backup', '--days', '7']);
    expect(made.stdout).toMatch(/^tw_api_[\w-]{43}\n$/);
    expect(made.stderr).toBe('tidewatch: a token of ann, shown only now:\n');
    await withServices(async ({ accounts, audit }) => {
      const { token } = await accounts.login('ann', 'another horse', FROM);
      const caller = await accounts.authenticate(token);
      const tokens = await accounts.tokens(caller ?? { name: '', admin: false }, {
        page: 1,
        pageSize: 10,
      });
      const [backup] = tokens.items.filter(({ kind }) => kind === 'api');
      expect(backup?.name).toBe('backup');
      const days = (Date.parse(backup?.expires_at ?? '') - Date.now()) / 86_400_000;
      expect(days).toBeCloseTo(7, 1);
      expect(await accounts.authenticate(made.stdout.trim())).toMatchObject({ name: 'ann' });
      const records = await audit.list({ limit: 10, action: 'token.create' });
      expect(records).toMatchObject([{ actor: 'command line', subject: 'ann' }]);
    });
  });

  it.each([
    ['a name that is taken', ['user', 'add', 'ADMIN'], 1, /already_exists/, 'correct horse'],
    ['a password that is too short', ['user', 'add', 'bob'], 1, /8 characters at least/, 'short'],
    [
      'an account that is not there',
      ['user', 'passwd', 'eve'],
      1,
      /no account eve \(not_found\)/,
      'correct horse',
    ],
    [
      'a token for nobody',
      ['token', 'create', 'eve'],
      1,
      /no account eve \(not_found\)/,
      'correct horse',
    ],
    [
      'days that are none',
      ['token', 'create', 'admin', '--days', '0'],
      2,
      /--days takes/,
      'correct horse',
    ],
  ])('tell what is wrong with %s', async (_what, args, code, message, password) => {
    await run(['key', 'rotate']);
    const env = { TIDEWATCH_USER_PASSWORD: password };
    const ran = await run(args, { env });
    expect(ran).toMatchObject({ code, stdout: '' });
    expect(ran.stderr).toMatch(message);
    expect(ran.stderr).not.toContain('horse');
  });

  it.each([
    ['nobody can be asked', undefined, /no password for bob: give it with --password-file/],
    ['it is typed in two ways', 'correct horse\rcorrect hose\r', /the two passwords differ/],
    ['Ctrl-C is pressed', 'correct\u0003', /no password was entered/],
  ])('are not made when %s', async (_what, typed, message) => {
    const ran = await run(['user', 'add', 'bob'], typed === undefined ? {} : { typed });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(message);
    expect(ran.stderr).not.toContain('correct');
    expect(existsSync(join(dataDir, 'secret-key'))).toBe(false);
  });

  it('take no password as an argument', async () => {
    const ran = await run(['user', 'add', 'bob', 'correct horse']);
    expect(ran.code).toBe(2);
    const option = await run(['user', 'add', 'bob', '--password', 'correct horse']);
    expect(option.code).toBe(2);
  });
});

describe('while a server runs, the shell', () => {
  it('goes through it, which sees every change at once', async () => {
    await withServices(async (services) => {
      const { accounts, secrets } = services;
      const commands = accountCommands(services);
      const socket = await listenAdminSocket({ dataDir, commands, logger: new QuietLogger() });
      try {
        const added = await run(['user', 'add', 'ann'], { env: KNOWN });
        expect(added).toEqual({ code: 0, stdout: 'made the account ann (user)\n', stderr: '' });
        const { token } = await accounts.login('ann', 'correct horse', FROM);
        expect(await accounts.authenticate(token)).toBeDefined();
        const env = { TIDEWATCH_USER_PASSWORD: 'another horse' };
        await run(['user', 'passwd', 'ann'], { env });
        expect(await accounts.authenticate(token)).toBeUndefined();
        const made = await run(['token', 'create', 'ann']);
        expect(await accounts.authenticate(made.stdout.trim())).toMatchObject({ name: 'ann' });
        const before = secrets.box.ring.newest.id;
        const rotated = await run(['key', 'rotate']);
        const { id } = secrets.box.ring.newest;
        expect(rotated.stdout).toBe(`encrypted 0 secrets with the key ${id}\n`);
        expect(id).not.toBe(before);
        const taken = await run(['user', 'add', 'ANN'], { env: KNOWN });
        expect(taken.stderr).toMatch(/an account of that name already \(already_exists\)/);
      } finally {
        await socket.close();
      }
    });
  });
});

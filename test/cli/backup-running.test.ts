import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROOT } from '../../scripts/root.ts';
import { codeBlocks } from '../docs/markdown.ts';
import { startPostgres } from '../servers/postgres.ts';
import type { PostgresServer } from '../servers/postgres.ts';
import { CommandLine } from '../support/command-line.ts';
import { ADMIN_PASSWORD, SHARE_PASSWORD, keepData } from '../support/kept-data.ts';
import type { KeptData } from '../support/kept-data.ts';
import { FAST_DIRECTORY, freshDataDir } from '../support/test-database.ts';

const PAGE = 'docs/how-to/back-up-and-restore.md';
const DATABASE = 'postgres://tidewatch:PASSWORD@db.example/tidewatch';
const blocks = codeBlocks(PAGE).filter(({ language, runs }) => language === 'sh' && runs);

let dir: string;
let kept: KeptData;
let postgres: PostgresServer;
let serving: CommandLine | undefined;
beforeAll(async () => {
  dir = mkdtempSync(join(FAST_DIRECTORY, 'tidewatch-page-'));
  [kept, postgres] = await Promise.all([keepData(), startPostgres()]);
  // As if it were empty, only quicker.
  const fresh = await freshDataDir();
  cpSync(fresh, join(dir, 'restored'), { recursive: true });
  rmSync(fresh, { recursive: true });
}, 120_000);
afterAll(async () => {
  serving?.process.kill('SIGKILL');
  await serving?.finished;
  await postgres.stop();
  for (const made of [dir, kept.dataDir]) rmSync(made, { recursive: true });
});

async function serve(dataDir: string, env: Record<string, string> = {}): Promise<string> {
  serving = new CommandLine(['serve', '--port', '0', '--data-dir', dataDir], { env });
  const url = /^listening on (http:\S+)$/.exec(await serving.line())?.[1] ?? '';
  while (!(await serving.line()).startsWith('try ')) {
    // The rest of what it prints.
  }
  return url;
}

async function stop(): Promise<void> {
  serving?.process.kill('SIGTERM');
  expect(await serving?.finished).toMatchObject({ code: 0 });
}

async function ask(url: string, path: string, token: string, body?: object): Promise<unknown> {
  const response = await fetch(`${url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return response.ok ? await response.json() : response.status;
}

/** The saved connection as its owner sees it, with a token or a new login. */
async function connectionOf(url: string, token?: string): Promise<unknown> {
  const credentials = { username: 'admin', password: ADMIN_PASSWORD };
  const login = await ask(url, '/api/auth/login', '', credentials);
  const bearer = token ?? (login as { token: string }).token;
  return await ask(url, `/api/connections/${kept.connectionId}`, bearer);
}

/** Runs the next block of the page as a shell does. */
async function runBlock(number: number, env: Record<string, string> = {}): Promise<string> {
  const program = `${process.execPath} ${join(ROOT, 'src/cli/main.ts')}`;
  const text = (blocks[number]?.text ?? '')
    .replaceAll('npx tidewatch', program)
    .replaceAll(DATABASE, '"$DATABASE_OF_TEST"');
  const shell = await promisify(execFile)('sh', ['-euc', text], {
    cwd: dir,
    env: { PATH: process.env['PATH'], ...env },
  });
  expect(shell.stderr).toBe('');
  for (const secret of [ADMIN_PASSWORD, SHARE_PASSWORD]) expect(shell.stdout).not.toContain(secret);
  return shell.stdout;
}

it('a server is backed up while it runs, restored, and moved, as the page says', async () => {
  expect(blocks).toHaveLength(3);
  const url = await serve(kept.dataDir);
  const saved = await connectionOf(url);
  expect(saved).toMatchObject({ name: 'nas', has_password: true });
  // As a command leaves it that was killed.
  const forgotten = join(kept.dataDir, 'run', `backup-${randomUUID()}`);
  writeFileSync(forgotten, '');
  utimesSync(forgotten, 0, 0);
  const wrote = await runBlock(0, { TIDEWATCH_DATA_DIR: kept.dataDir });
  expect(wrote).toMatch(/^wrote tidewatch.backup, /);
  expect(wrote).toContain('under the passphrase');
  // What the server wrote for the command is gone, and the server is still there.
  expect(readdirSync(join(kept.dataDir, 'run'))).toEqual(['admin.sock']);
  expect(await connectionOf(url, kept.token)).toEqual(saved);
  await stop();

  const restored = join(dir, 'restored');
  expect(await runBlock(1)).toContain('the secret key is in place');
  const key = (folder: string): string => readFileSync(join(folder, 'secret-key'), 'utf8');
  expect(key(restored)).toBe(key(kept.dataDir));
  const again = await serve(restored);
  expect(await connectionOf(again, kept.token)).toEqual(saved);
  expect(await connectionOf(again, kept.login)).toBe(401);
  const env = { DATABASE_OF_TEST: await postgres.createDatabase() };
  const refused = runBlock(2, env);
  await expect(refused).rejects.toMatchObject({ stdout: '', stderr: /\(database_in_use\)/ });
  await stop();

  expect(await runBlock(2, env)).toContain('go on with the same data folder');
  // Nothing of the embedded one is needed.
  rmSync(join(restored, 'db'), { recursive: true });
  const moved = await serve(restored, { DATABASE_URL: env.DATABASE_OF_TEST });
  expect(await connectionOf(moved, kept.token)).toEqual(saved);
  expect(await connectionOf(moved)).toEqual(saved);
  await stop();
  expect(existsSync(join(restored, 'db'))).toBe(false);
}, 180_000);

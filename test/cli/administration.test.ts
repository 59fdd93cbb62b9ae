import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandLine, runCommandLine } from '../support/command-line.ts';
import type { Finished } from '../support/command-line.ts';

let dataDir: string;
let serving: CommandLine | undefined;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tidewatch-data-'));
});
afterEach(async () => {
  serving?.process.kill('SIGKILL');
  await serving?.finished;
  serving = undefined;
  await rm(dataDir, { recursive: true });
});

async function serve(): Promise<string> {
  serving = new CommandLine(['serve', '--port', '0', '--data-dir', dataDir]);
  const url = /^listening on (http:\S+)$/.exec(await serving.line())?.[1] ?? '';
  while (!(await serving.line()).startsWith('try ')) {
    // The rest of what it prints.
  }
  return url;
}

function shell(args: readonly string[], password = ''): Promise<Finished> {
  const env = { TIDEWATCH_USER_PASSWORD: password };
  return runCommandLine([...args, '--data-dir', dataDir], { env });
}

async function logIn(url: string, password: string): Promise<number> {
  const { status } = await fetch(`${url}/api/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username: 'ann', password }),
  });
  return status;
}

describe('accounts from the shell, on a real server', () => {
  it('count while it runs, after it was killed, and when it is started again', async () => {
    const url = await serve();
    expect(await shell(['user', 'add', 'ann'], 'correct horse')).toMatchObject({ code: 0 });
    expect(await logIn(url, 'correct horse')).toBe(200);
    const token = (await shell(['token', 'create', 'ann'])).stdout.trim();
    const headers = { Authorization: `Bearer ${token}` };
    expect((await fetch(`${url}/api/auth/me`, { headers })).status).toBe(200);

    serving?.process.kill('SIGKILL');
    await serving?.finished;
    // The socket of the killed one is still there, and nobody answers.
    expect(await shell(['user', 'passwd', 'ann'], 'another horse')).toMatchObject({ code: 0 });
    expect(await shell(['key', 'rotate'])).toMatchObject({ code: 0 });

    const again = await serve();
    expect(await logIn(again, 'correct horse')).toBe(401);
    expect(await logIn(again, 'another horse')).toBe(200);
    expect((await fetch(`${again}/api/auth/me`, { headers })).status).toBe(200);
    const wrong = await shell(['user', 'add', 'ANN'], 'correct horse');
    expect(wrong).toMatchObject({ code: 1, stdout: '' });
    expect(wrong.stderr).toContain('already_exists');
    serving?.process.kill('SIGTERM');
    expect(await serving?.finished).toMatchObject({ code: 0 });
  }, 120_000);
});

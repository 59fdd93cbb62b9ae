import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ROOT } from '../../scripts/root.ts';
import { checkoutEnv } from '../../scripts/run.ts';

const execute = promisify(execFile);

let dataDir: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  dataDir = join(mkdtempSync(join(tmpdir(), 'tidewatch-start-')), 'data');
});
afterEach(async () => {
  if (child?.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  rmSync(join(dataDir, '..'), { recursive: true });
});

/** What `npm start` runs, with everything that it prints. */
class Start {
  printed = '';
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;

  constructor(env: NodeJS.ProcessEnv = {}, args: readonly string[] = ['--port', '0']) {
    this.#child = spawn(process.execPath, [join(ROOT, 'scripts', 'start.ts'), ...args], {
      env: checkoutEnv({ TIDEWATCH_DATA_DIR: dataDir, ...env }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = this.#child;
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.printed += text));
    }
    this.ended = once(this.#child, 'close').then(([code]) => code as number | null);
  }

  /** Waits until it has said everything; gives the command that it says to try. */
  async invitation(): Promise<string> {
    return vi.waitFor(
      () => {
        const found = /^try {2}(.*)\n/m.exec(this.printed);
        if (found === null) throw new Error(`no invitation in: ${this.printed}`);
        return found[1] ?? '';
      },
      { timeout: 40_000 },
    );
  }

  get url(): string {
    return /^listening on (\S+)$/m.exec(this.printed)?.[1] ?? '';
  }

  interrupt(): Promise<number | null> {
    this.#child.kill('SIGINT');
    return this.ended;
  }
}

async function signIn(command: string): Promise<string> {
  const { stdout } = await execute('bash', ['-c', command]);
  return (JSON.parse(stdout) as { token: string }).token;
}

async function setting(url: string, token: string, key: string): Promise<unknown> {
  const headers = { Authorization: `Bearer ${token}` };
  const answer = await fetch(`${url}/api/settings`, { headers });
  const { items } = (await answer.json()) as { items: { key: string }[] };
  return items.find((one) => one.key === key);
}

const LOOPBACK = 'network.allow_loopback_hosts';

describe('npm start', () => {
  it(
    'says where it is, where the data is and how to sign in, just as it works, and ends with 0',
    { timeout: 90_000 },
    async () => {
      const first = new Start();
      const token = await signIn(await first.invitation());
      expect(first.printed).toContain('The first start makes the database');
      expect(first.printed).toContain(`data in ${dataDir}, database in it\n`);
      expect(first.printed).toContain(`kept in ${join(dataDir, 'admin-password')}\n`);
      // No line of the log: nothing is wrong.
      expect(first.printed).not.toContain('{"level"');
      expect(await setting(first.url, token, LOOPBACK)).toMatchObject({ value: true });
      expect(await first.interrupt()).toBe(0);
      expect(readdirSync(join(dataDir, '..'))).toEqual(['data']);

      const second = new Start({ TIDEWATCH_TRUSTED_PROXIES: '192.0.2.1' });
      await second.invitation();
      expect(second.printed).not.toContain('The first start');
      expect(second.printed).toContain(
        `sign in as before; the first password is in ${join(dataDir, 'admin-password')}\n`,
      );
      // The same login; and connections to this machine are not for whom a proxy lets in.
      expect(await setting(second.url, token, LOOPBACK)).toMatchObject({ value: false });
      expect(await second.interrupt()).toBe(0);
    },
  );

  it('says what to do when another program has the port', { timeout: 60_000 }, async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    try {
      const start = new Start({ TIDEWATCH_PORT: String(port) }, []);
      expect(await start.ended).toBe(1);
      expect(start.printed).toMatch(/address_in_use.*\n.*--port or TIDEWATCH_PORT/);
    } finally {
      other.close();
    }
  });
});

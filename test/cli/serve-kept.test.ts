import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startPostgres } from '../servers/postgres.ts';
import type { PostgresServer } from '../servers/postgres.ts';
import { startSamba } from '../servers/samba.ts';
import type { SambaServer } from '../servers/samba.ts';
import { CommandLine } from '../support/command-line.ts';
import { SocketClient } from '../support/socket-client.ts';

let samba: SambaServer;
let postgres: PostgresServer;
beforeAll(async () => {
  [samba, postgres] = await Promise.all([startSamba(), startPostgres()]);
});
afterAll(async () => {
  await Promise.all([samba.stop(), postgres.stop()]);
});

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** The real server on a data folder, and a client of it. */
class Server {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'tidewatch-kept-'));
  readonly env: Record<string, string>;
  url = '';
  token = '';
  #running: CommandLine | undefined;

  constructor(databaseUrl: string | undefined) {
    this.env = {
      TIDEWATCH_ADMIN_PASSWORD: 'the tide comes in',
      TIDEWATCH_DATA_DIR: this.dataDir,
      ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
    };
  }

  async start(): Promise<readonly string[]> {
    this.#running = new CommandLine(['serve', '--port', '0'], { env: this.env });
    const lines = [await this.#running.line()];
    while (!(lines.at(-1) ?? '').startsWith('try ')) lines.push(await this.#running.line());
    this.url = /^listening on (\S+)/.exec(lines[0] ?? '')?.[1] ?? '';
    return lines;
  }

  async kill(signal: NodeJS.Signals): Promise<number | null> {
    this.#running?.process.kill(signal);
    return (await this.#running?.finished)?.code ?? null;
  }

  async ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(this.token !== '' && { Authorization: `Bearer ${this.token}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as never) };
  }

  async signIn(): Promise<void> {
    const given = { username: 'admin', password: 'the tide comes in' };
    const { body } = await this.ask('POST', '/api/auth/login', given);
    this.token = String(body['token']);
  }

  socket(): SocketClient {
    return new SocketClient(`${this.url.replace('http', 'ws')}/api/ws?token=${this.token}`);
  }

  async end(): Promise<void> {
    await this.kill('SIGKILL');
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

describe.each(['embedded', 'postgresql'] as const)('a server whose database is %s', (kind) => {
  let server: Server;
  beforeEach(async () => {
    const url = kind === 'embedded' ? undefined : await postgres.createDatabase();
    server = new Server(url);
  });
  afterEach(() => server.end());

  it('keeps what was saved, whatever becomes of it', { timeout: 120_000 }, async () => {
    const lines = await server.start();
    expect(lines.join('\n')).not.toContain('the tide comes in');
    expect((await server.ask('GET', '/api/connections')).status).toBe(401);
    await server.signIn();

    // This machine is no address for connections, until an administrator says so.
    const nas = {
      ...{ name: 'nas', type: 'smb', host: '127.0.0.1', port: samba.port, share_name: 'data' },
      ...{ username: 'alice', password: 'alicepw' },
    };
    const refused = await server.ask('POST', '/api/connections/test', nas);
    expect(refused.body).toMatchObject({ ok: false });
    expect((refused.body['stages'] as unknown[])[0]).toMatchObject({ code: 'address_forbidden' });
    const settings = { 'network.allow_loopback_hosts': true };
    expect((await server.ask('PATCH', '/api/settings', settings)).status).toBe(200);

    const saved = await server.ask('POST', '/api/connections', nas);
    expect(saved).toMatchObject({ status: 201, body: { name: 'nas', has_password: true } });
    expect(JSON.stringify(saved.body)).not.toContain('alicepw');
    const id = String(saved.body['id']);
    const tested = await server.ask('POST', `/api/connections/${id}/test`, {});
    expect(tested.body).toMatchObject({ ok: true, server_kind: 'samba' });

    const top = `reports-${kind}`;
    await samba.smbclient(`mkdir ${top}; mkdir ${top}/summer`);
    const listed = await server.ask('GET', `/api/connections/${id}/entries`);
    expect(listed.body['items']).toEqual(
      expect.arrayContaining([expect.objectContaining({ name: top, kind: 'directory' })]),
    );
    const found = async (): Promise<unknown> =>
      (await server.ask('GET', `/api/connections/${id}/directories/search?q=${kind} summ`)).body[
        'results'
      ];
    const summer = [expect.objectContaining({ path: `${top}/summer` }) as unknown];
    await expect.poll(found, { timeout: 20_000 }).toEqual(summer);

    const hears = async (name: string): Promise<void> => {
      const client = server.socket();
      const address = { connection_id: id, path: top };
      await client.ask({ action: 'subscribe', ...address, detail: 'changes' });
      await samba.smbclient(`mkdir ${top}/${name}`);
      let told;
      do told = await client.next();
      while (!JSON.stringify(told).includes(name));
      expect(told).toMatchObject({ type: 'directory_changed', ...address });
      client.socket.terminate();
    };
    await hears('first');

    await server.kill('SIGKILL');
    await server.start();
    // The login is as good as before, and so is everything else.
    const again = await server.ask('GET', `/api/connections/${id}`);
    expect(again).toEqual({ status: 200, body: saved.body });
    await expect.poll(found, { timeout: 20_000 }).toEqual(summer);
    await hears('second');
    expect(await server.kill('SIGTERM')).toBe(0);
  });
});

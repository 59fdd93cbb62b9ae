import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Command } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { connectionId } from '../app/connection-id.ts';
import type { NewConnection } from '../app/index.ts';
import { FakeRuntime } from '../../test/support/fake-runtime.ts';
import { SocketClient } from '../../test/support/socket-client.ts';
import { TextSink } from '../../test/support/text-sink.ts';
import { Output } from './output.ts';
import { addServe } from './serve.ts';

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).toReversed()) await step();
});

class Serving {
  readonly stdout = new TextSink();
  readonly stderr = new TextSink();
  readonly runtime = new FakeRuntime();
  readonly added: NewConnection[] = [];
  readonly interrupt = new AbortController();
  readonly ended: Promise<unknown>;
  #printed = '';

  constructor(args: readonly string[], env: Record<string, string> = {}) {
    const program = new Command('tidewatch').exitOverride();
    program.configureOutput({ writeErr: () => undefined });
    const { add } = this.runtime.connections;
    this.runtime.connections.add = (connection) => {
      this.added.push(connection);
      return add(connection);
    };
    const context = {
      output: new Output(this.stdout, this.stderr),
      env,
      terminal: { input: new PassThrough(), output: this.stderr },
      signal: this.interrupt.signal,
    };
    addServe(program, context, () => this.runtime);
    this.ended = program
      .parseAsync(['serve', '--ephemeral', '--port', '0', ...args], { from: 'user' })
      .catch((error: unknown) => error);
    cleanUp.push(() => this.stop());
  }

  /** Waits until everything was printed. */
  async printed(): Promise<string> {
    return vi.waitFor(() => {
      this.#printed += this.stdout.take();
      if (!/\ntry .*\n$/.test(this.#printed)) throw new Error('not everything was printed');
      return this.#printed;
    });
  }

  async url(): Promise<string> {
    return /^listening on (.*)$/m.exec(await this.printed())?.[1] ?? '';
  }

  stop(): Promise<unknown> {
    this.interrupt.abort();
    return this.ended;
  }
}

describe('serve', () => {
  it('prints its address, its connections without passwords and a token that works', async () => {
    const serving = new Serving([
      ...['--connection', 'nas=smb://alice:QZpw@nas.example/projects/reports'],
      ...['--connection', 'disk=/srv/data'],
    ]);
    const url = await serving.url();
    const printed = await serving.printed();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(printed.split('\n').slice(1, 3)).toEqual([
      `connection nas  ${connectionId('nas')}  smb://alice@nas.example/projects/reports`,
      `connection disk  ${connectionId('disk')}  /srv/data`,
    ]);
    expect(printed).not.toContain('QZ');
    expect(serving.stderr.take()).not.toContain('QZ');
    expect(serving.added).toEqual([
      {
        name: 'nas',
        target: {
          ...{ type: 'smb', host: 'nas.example', port: 445, share: 'projects' },
          logon: { username: 'alice', password: 'QZpw' },
        },
        pathPrefix: 'reports',
      },
      { name: 'disk', target: { type: 'local', root: '/srv/data' }, pathPrefix: '' },
    ]);
    const token = /^token (\S+)$/m.exec(printed)?.[1] ?? '';
    expect(token).toMatch(/^[\w-]{43}$/);
    const headers = { Authorization: `Bearer ${token}` };
    const response = await fetch(`${url}/api/connections`, { headers });
    expect(await response.json()).toMatchObject({ total: 2 });
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  it('takes the token of the environment and shows it to nobody', async () => {
    const serving = new Serving([], { TIDEWATCH_TOKEN: 'QZtoken' });
    const url = await serving.url();
    expect(await serving.printed()).not.toContain('QZ');
    const headers = { Authorization: 'Bearer QZtoken' };
    expect((await fetch(`${url}/api/version`, { headers })).status).toBe(200);
  });

  it('ends when it is interrupted: sockets are told 1001, the runtime is stopped', async () => {
    const serving = new Serving(['--connection', 'disk=/srv/data'], { TIDEWATCH_TOKEN: 't' });
    const url = await serving.url();
    const client = new SocketClient(`${url.replace('http', 'ws')}/api/ws?token=t`);
    await client.ask({ action: 'subscribe', connection_id: 'disk', path: '' });
    expect(serving.runtime.started).toBe(1);
    expect(await serving.stop()).not.toBeInstanceOf(Error);
    expect(await client.closed).toEqual({ code: 1001, reason: 'server going away' });
    expect(serving.runtime.stopped).toBe(1);
    expect(serving.runtime.open()).toEqual([]);
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });

  it('answers a client that offers HTTP/2 with its request', async () => {
    const url = await new Serving([]).url();
    const status = await new Promise((resolve, reject) => {
      const headers = { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c' };
      const asked = request(`${url}/healthz`, { headers, agent: false });
      asked.on('response', (response) => resolve(response.resume().statusCode));
      asked.on('error', reject).end();
    });
    expect(status).toBe(200);
  });

  it('says what to do when the port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => {
      other.listen(0, '127.0.0.1', resolve);
    });
    cleanUp.push(() => other.close());
    const { port } = other.address() as AddressInfo;
    const serving = new Serving(['--port', String(port)]);
    expect(await serving.ended).toMatchObject({
      code: 'address_in_use',
      message: `something listens on http://127.0.0.1:${port} already`,
    });
    expect(serving.runtime.started).toBe(0);
  });

  it('leaves nothing behind when the runtime cannot start', async () => {
    const serving = new Serving([]);
    serving.runtime.start = () => Promise.reject(new Error('no'));
    expect(await serving.ended).toMatchObject({ message: 'no' });
    expect(serving.runtime.stopped).toBe(1);
  });

  it.each([
    [['--host', '0.0.0.0'], {}, /0\.0\.0\.0 can be reached from other machines.*--insecure-http/],
    [['--host', '::'], {}, /--insecure-http/],
    [['--host', ''], {}, /every address.*--insecure-http/],
    [['--host', '127.0.0.1.example'], {}, /--insecure-http/],
    [[], { TIDEWATCH_HOST: '192.168.1.2' }, /--insecure-http/],
    [[], { TIDEWATCH_TRUSTED_PROXIES: '10.0.0.1, proxy' }, /TRUSTED_PROXIES: proxy is neither/],
    [[], { TIDEWATCH_TRUSTED_PROXIES: '10.0.0.0/33' }, /10\.0\.0\.0\/33 is neither/],
    [[], { TIDEWATCH_PUBLIC_URL: 'files' }, /no origin/],
    [['--port', '65536'], {}, /no number from 0 to 65535/],
    [['--allow-origin', 'files'], {}, /no origin/],
    [[], { TIDEWATCH_LOG_LEVEL: 'loud' }, /TIDEWATCH_LOG_LEVEL is none of/],
    [['--connection', '/srv/data'], {}, /NAME=LOCATION/],
    [['--connection', '=/srv/data'], {}, /NAME=LOCATION/],
    [['--connection', 'a=smb://nas'], {}, /no share/],
    [['--connection', 'd393913e-b9a9-50ea-b340-13146b3a8acc=/srv'], {}, /looks like the id/],
    [['--connection', 'a=/srv/a', '--connection', 'a=/srv/b'], {}, /two connections/],
    [['--connection', 'a=smb://nas/data'], {}, /names no user/],
    [['--connection', 'a=smb://u@nas/data'], {}, /in TIDEWATCH_SMB_PASSWORD,/],
    [
      ['--connection', 'a-1=smb://u@nas/data', '--connection', 'b=smb://v@nas/data'],
      {},
      /in TIDEWATCH_SMB_PASSWORD_A_1,/,
    ],
    [
      ['--connection', 'a=smb://u@nas/data', '--connection', 'b=smb://v@nas/data'],
      { TIDEWATCH_SMB_PASSWORD: 'p' },
      /one user on one server/,
    ],
    [
      ['--connection', 'a-b=smb://u@nas/data', '--connection', 'a.b=smb://v@nas/data'],
      { TIDEWATCH_SMB_PASSWORD_A_B: 'p' },
      /several users/,
    ],
  ])('refuses %j with %j', async (args, env, message) => {
    const serving = new Serving(args, env);
    expect(await serving.ended).toMatchObject({
      name: 'UsageError',
      message: expect.stringMatching(message) as string,
    });
    expect(serving.runtime.started).toBe(0);
  });

  it('listens beyond this machine when it is told that this is meant', async () => {
    const serving = new Serving(['--host', '0.0.0.0', '--insecure-http']);
    expect(await serving.url()).toMatch(/^http:\/\/0\.0\.0\.0:\d+$/);
  });

  it('listens beyond this machine for a proxy that it trusts', async () => {
    const serving = new Serving(['--host', '0.0.0.0'], {
      TIDEWATCH_TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8',
    });
    expect(await serving.url()).toMatch(/^http:\/\/0\.0\.0\.0:\d+$/);
  });
});

describe('the password of a connection', () => {
  const passwords = async (args: string[], env: Record<string, string>): Promise<unknown[]> => {
    const serving = new Serving(args, env);
    await serving.printed();
    return serving.added.map(({ target }) => target.type === 'smb' && target.logon.password);
  };

  it('comes from a variable of its name, else from the one of all', async () => {
    const args = [
      '--connection',
      'my-nas.1=smb://u@nas/data',
      '--connection',
      'b=smb://v@nas/data',
    ];
    const env = { TIDEWATCH_SMB_PASSWORD_MY_NAS_1: 'own', TIDEWATCH_SMB_PASSWORD: 'other' };
    expect(await passwords(args, env)).toEqual(['own', 'other']);
  });

  it('in the location wins', async () => {
    const args = ['--connection', 'a=smb://u:in@nas/data'];
    expect(await passwords(args, { TIDEWATCH_SMB_PASSWORD_A: 'own' })).toEqual(['in']);
  });

  it('comes from a file', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tidewatch-serve-'));
    cleanUp.push(() => rm(directory, { recursive: true }));
    const file = join(directory, 'password');
    await writeFile(file, 'from file\n');
    const args = ['--password-file', file, '--connection', 'a=smb://u@nas/data'];
    expect(await passwords(args, { TIDEWATCH_SMB_PASSWORD: 'other' })).toEqual(['from file']);
  });
});

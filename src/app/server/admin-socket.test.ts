import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { QuietLogger } from '../../../test/support/quiet-logger.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { askServer } from './admin-socket-client.ts';
import { adminSocketPath } from './admin-socket-path.ts';
import { listenAdminSocket } from './admin-socket.ts';
import type { AdminCommands, AdminSocket } from './admin-socket.ts';

let dataDir = '';
let logger = new QuietLogger();
const open: AdminSocket[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'tidewatch-socket-'));
  logger = new QuietLogger();
});
afterEach(async () => {
  for (const socket of open.splice(0)) await socket.close();
  rmSync(dataDir, { recursive: true });
});

async function listen(commands: AdminCommands, dir = dataDir): Promise<AdminSocket> {
  const socket = await listenAdminSocket({ dataDir: dir, commands, logger });
  open.push(socket);
  return socket;
}

/** What the server answers to bytes that no client of ours would send. */
async function say(bytes: string): Promise<string> {
  const socket = connect(adminSocketPath(dataDir));
  socket.end(bytes);
  return text(socket);
}

const echo: AdminCommands = { echo: (parameters) => Promise.resolve(parameters) };

describe('commands to a server that runs', () => {
  it('are answered', async () => {
    await listen(echo);
    const parameters = { name: 'zoë', list: [1, null] };
    expect(await askServer(dataDir, 'echo', parameters)).toEqual({ result: parameters });
    expect(await askServer(dataDir, 'echo', undefined)).toEqual({ result: null });
  });

  it('reach nobody but the user of the server', async () => {
    await listen(echo);
    expect(statSync(adminSocketPath(dataDir)).mode & 0o777).toBe(0o600);
    expect(statSync(join(dataDir, 'run')).mode & 0o777).toBe(0o700);
  });

  it('fail with code, message and fields of the server', async () => {
    const fields = { username: 'is taken' };
    await listen({
      taken: () => Promise.reject(new TidewatchError('already_exists', 'taken', { fields })),
      broken: () => Promise.reject(new Error('secret detail')),
    });
    const taken = askServer(dataDir, 'taken', {});
    await expect(taken).rejects.toMatchObject({ code: 'already_exists', message: 'taken', fields });
    await expect(askServer(dataDir, 'broken', {})).rejects.toMatchObject({
      code: 'internal_error',
      message: 'the server made a mistake; its log tells more',
    });
    await expect(askServer(dataDir, 'toString', {})).rejects.toMatchObject({ code: 'unsupported' });
    expect(logger.complaints).toEqual(['a command failed']);
  });

  it('find nobody when none runs, or when one was killed', async () => {
    expect(await askServer(dataDir, 'echo', {})).toBeUndefined();
    mkdirSync(join(dataDir, 'run'));
    // A socket file that nobody listens on, as kill -9 leaves it.
    const killed = createServer().listen(join(dataDir, 'run', 'other'));
    await once(killed, 'listening');
    const { linkSync } = await import('node:fs');
    linkSync(join(dataDir, 'run', 'other'), adminSocketPath(dataDir));
    killed.close();
    await once(killed, 'close');
    expect(existsSync(adminSocketPath(dataDir))).toBe(true);
    expect(await askServer(dataDir, 'echo', {})).toBeUndefined();
    await listen(echo);
    expect(await askServer(dataDir, 'echo', 1)).toEqual({ result: 1 });
  });

  it('go to one server: a second one on the data folder is refused', async () => {
    await listen(echo);
    await expect(listen(echo)).rejects.toMatchObject({ code: 'address_in_use' });
    expect(await askServer(dataDir, 'echo', 1)).toEqual({ result: 1 });
  });

  it('work in a data folder that lies too deep for the path of a socket', async () => {
    const deep = join(dataDir, 'x'.repeat(100), 'y'.repeat(100));
    mkdirSync(deep, { recursive: true });
    const socket = await listen(echo, deep);
    expect(statSync(adminSocketPath(deep)).mode & 0o777).toBe(0o600);
    expect(await askServer(deep, 'echo', 1)).toEqual({ result: 1 });
    await socket.close();
    expect(existsSync(adminSocketPath(deep))).toBe(false);
  });
});

describe('what a connection sends', () => {
  it('is a request a line, answered one after another', async () => {
    const order: unknown[] = [];
    await listen({
      slow: async (parameters) => {
        await new Promise(setImmediate);
        order.push(parameters);
        return parameters;
      },
    });
    const lines = [1, 2, 3].map((number) =>
      JSON.stringify({ command: 'slow', parameters: number }),
    );
    const answers = await say(`${lines.join('\n')}\n`);
    expect(answers).toBe([1, 2, 3].map((one) => `{"ok":true,"result":${one}}\n`).join(''));
    expect(order).toEqual([1, 2, 3]);
  });

  it.each(['hunter2\n', '[]\n', 'null\n', '{"command":1}\n', '\n'])(
    'is refused when it is no request: %j',
    async (bytes) => {
      await listen(echo);
      const answer = JSON.parse(await say(bytes)) as object;
      expect(answer).toMatchObject({ ok: false, code: 'invalid_argument' });
      expect(JSON.stringify(answer)).not.toContain('hunter2');
    },
  );

  it('is bounded, with and without an end of line', async () => {
    await listen(echo);
    const long = 'x'.repeat(65_537);
    for (const bytes of [long, `${long}\n`]) {
      expect(JSON.parse(await say(bytes))).toMatchObject({ ok: false, code: 'too_large' });
    }
    await expect(askServer(dataDir, 'echo', long)).rejects.toMatchObject({ code: 'too_large' });
    expect(await askServer(dataDir, 'echo', 1)).toEqual({ result: 1 });
  });
});

describe('a server that ends', () => {
  it('lets a command that runs be answered, and removes its socket', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const started = Promise.withResolvers<void>();
    const socket = await listen({
      slow: () => {
        started.resolve();
        return promise;
      },
    });
    const idle = connect(adminSocketPath(dataDir));
    await once(idle, 'connect');
    const asked = askServer(dataDir, 'slow', {});
    await started.promise;
    const closed = socket.close();
    resolve('done');
    expect(await asked).toEqual({ result: 'done' });
    await closed;
    idle.destroy();
    expect(existsSync(adminSocketPath(dataDir))).toBe(false);
    expect(await askServer(dataDir, 'slow', {})).toBeUndefined();
  });

  it('does not wait for ever for a command', async () => {
    const started = Promise.withResolvers<void>();
    const socket = await listen({
      endless: () => {
        started.resolve();
        return new Promise(() => undefined);
      },
    });
    const asked = askServer(dataDir, 'endless', {});
    const refused = expect(asked).rejects.toMatchObject({ code: 'disconnected' });
    await started.promise;
    const before = performance.now();
    await socket.close();
    expect(performance.now() - before).toBeLessThan(4_000);
    await refused;
  });
});

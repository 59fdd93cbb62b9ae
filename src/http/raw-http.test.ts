import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { DoorServer, TOKEN } from '../../test/support/door-server.ts';
import type { DoorServerOptions } from '../../test/support/door-server.ts';
import { rawAnswer, rawConnection, readAll } from '../../test/support/raw-http.ts';
import { AccountServer } from '../../test/support/account-server.ts';

let stop: () => Promise<void>;
let server: DoorServer;
const start = async (options: DoorServerOptions = {}): Promise<void> => {
  server = await DoorServer.start(options);
  stop = () => server.stop();
};
const startWithAccounts = async (options: DoorServerOptions = {}): Promise<AccountServer> => {
  const accounts = await AccountServer.start(options);
  server = accounts.doors;
  stop = () => accounts.stop();
  return accounts;
};
afterEach(() => stop());

const TO = ['Host: localhost', `Authorization: Bearer ${TOKEN}`];
const GET = ['GET /api/version HTTP/1.1', ...TO];
const POST = ['POST /api/connections/test HTTP/1.1', ...TO, 'Content-Type: application/json'];
const CLOSE = 'Connection: close';
const ask = (head: readonly string[], rest: string | Buffer = ''): ReturnType<typeof rawAnswer> =>
  rawAnswer(server.port, head, rest);

describe('a client that is slow', () => {
  const limits = { headersMs: 200, requestMs: 500, checkMs: 50, keepAliveMs: 200, idleMs: 400 };

  it('with the head of its request is let go', async () => {
    await start({ serverLimits: limits });
    const socket = rawConnection(server.port);
    const answer = readAll(socket);
    const drip = setInterval(() => socket.write('X-A: b\r\n'), 20);
    socket.write('GET /api/version HTTP/1.1\r\n');
    const { status } = await answer;
    clearInterval(drip);
    expect(status).toBe(408);
  });

  it('with the body of its request is let go', async () => {
    await startWithAccounts({ serverLimits: limits });
    const socket = rawConnection(server.port);
    const answer = readAll(socket);
    socket.write([...POST, 'Content-Length: 1000', '', '{'].join('\r\n'));
    const drip = setInterval(() => socket.write(' '), 20);
    const { status } = await answer;
    clearInterval(drip);
    expect(status).toBe(408);
  });

  it('to ask again, or to ask at all, is let go', async () => {
    await start({ serverLimits: limits });
    const { status, text } = await ask(GET);
    expect(status).toBe(200);
    expect(text).toContain('Keep-Alive: timeout=');
    const silent = await readAll(rawConnection(server.port));
    expect([0, 408]).toContain(silent.status);
  });

  it('to take its answer is let go', async () => {
    const { services, hers, alice } = await startWithAccounts({ serverLimits: limits });
    const ended = Promise.withResolvers<unknown>();
    const entry = { kind: 'file', size: 1, modified_at: '2026-01-01T00:00:00.000Z' } as const;
    const page = Array.from({ length: 1_000 }, () => ({ ...entry, name: 'n', path: 'n' }));
    services.connections.listing = async function* listing(signal) {
      signal.addEventListener('abort', ended.resolve);
      for (;;) yield await Promise.resolve(page);
    };
    const socket = rawConnection(server.port);
    socket.write(
      [
        `GET /api/connections/${hers.id}/entries HTTP/1.1`,
        ...['Host: localhost', `Authorization: Bearer ${alice.token}`],
        ...['Accept: application/x-ndjson', '', ''],
      ].join('\r\n'),
    );
    // Nothing is read of it.
    socket.pause();
    expect(await ended.promise).toMatchObject({ type: 'abort' });
    socket.destroy();
  });
});

describe('clients that are many', () => {
  it('have so many connections, apart from WebSockets', async () => {
    await start({ serverLimits: { maxConnections: 2 } });
    const sockets = [server.client(), server.client(), server.client()];
    await Promise.all(sockets.map((client) => client.ask({ action: 'ping' })));
    const held = [rawConnection(server.port), rawConnection(server.port)];
    await Promise.all(held.map((socket) => once(socket, 'connect')));
    expect((await ask([...GET, CLOSE])).status).toBe(0);
    held[0]?.destroy();
    await expect.poll(async () => (await ask([...GET, CLOSE])).status).toBe(200);
    for (const socket of held) socket.destroy();
  });
});

describe('a body', () => {
  it('is taken up to its limit', async () => {
    await startWithAccounts({ limits: { maxBodyBytes: 1_000 } });
    const body = (bytes: number): string => {
      const empty = JSON.stringify({ name: 'n', path: '' });
      return JSON.stringify({ name: 'n', path: 'x'.repeat(bytes - empty.length) });
    };
    const sized = (text: string): Promise<{ status: number }> =>
      ask([...POST, CLOSE, `Content-Length: ${text.length}`], text);
    expect((await sized(body(1_000))).status).toBe(200);
    expect((await sized(body(1_001))).status).toBe(413);
    const chunked = `${(1_001).toString(16)}\r\n${body(1_001)}\r\n0\r\n\r\n`;
    expect((await ask([...POST, CLOSE, 'Transfer-Encoding: chunked'], chunked)).status).toBe(413);
  });

  it('is refused by what it says of its length before anything of it came', async () => {
    await startWithAccounts();
    const socket = rawConnection(server.port);
    socket.write([...POST, 'Content-Length: 1048577', '', ''].join('\r\n'));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 [^]*"code":"too_large"/);
    socket.destroy();
  });

  it('is not read of somebody who has no token', async () => {
    await startWithAccounts();
    const head = POST.filter((line) => !line.startsWith('Authorization'));
    const socket = rawConnection(server.port);
    socket.write([...head, 'Content-Length: 100', '', ''].join('\r\n'));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 401 /);
    socket.destroy();
  });

  it.each([
    ['no JSON', '{', 400],
    ['a list nested deeply', '['.repeat(100_000), 400],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 400],
    ['nothing', '', 400],
    ['a prototype', '{"__proto__":{"admin":true},"name":"n"}', 422],
    ['the same field twice', '{"name":"a","name":"b"}', 200],
  ])('that is %s harms nobody', async (_what, body, status) => {
    await startWithAccounts();
    const length = Buffer.byteLength(body);
    const answer = await ask([...POST, CLOSE, `Content-Length: ${length}`], body);
    expect(answer.status).toBe(status);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it.each([
    ['text/plain', 415],
    ['application/x-www-form-urlencoded', 415],
    ['multipart/form-data; boundary=x', 415],
    ['application/json; charset=utf-16', 415],
    ['application/jsonp', 415],
    ['APPLICATION/JSON; charset="UTF-8"', 200],
  ])('of the type %s is answered %s', async (type, status) => {
    await startWithAccounts();
    const head = POST.map((line) =>
      line.startsWith('Content-Type') ? `Content-Type: ${type}` : line,
    );
    expect((await ask([...head, CLOSE, 'Content-Length: 2'], '{}')).status).toBe(status);
  });

  it('that is compressed is refused, so that none grows', async () => {
    await startWithAccounts();
    const head = [...POST, CLOSE, 'Content-Encoding: gzip', 'Content-Length: 2'];
    expect((await ask(head, '{}')).status).toBe(415);
  });

  it('that never ends is given up with its connection', async () => {
    await startWithAccounts();
    const socket = rawConnection(server.port);
    socket.write([...POST, 'Content-Length: 100', '', '{"name"'].join('\r\n'));
    await once(socket, 'connect');
    socket.destroy();
    expect((await ask([...GET, CLOSE])).status).toBe(200);
  });
});

describe('a head', () => {
  it.each([
    ['both lengths', [...POST, 'Content-Length: 4', 'Transfer-Encoding: chunked'], 400],
    ['two lengths', [...POST, 'Content-Length: 2', 'Content-Length: 4'], 400],
    ['a length with a sign', [...POST, 'Content-Length: +2'], 400],
    ['an encoding nobody knows', [...POST, 'Transfer-Encoding: xchunked'], 400],
    ['chunked twice', [...POST, 'Transfer-Encoding: chunked, chunked'], 400],
    ['a blank before the colon', [...GET, 'Content-Length : 0'], 400],
    ['a folded line', [...GET, 'X-A: b', ' c'], 400],
    ['no host', GET.filter((line) => !line.startsWith('Host')), 400],
    ['a NUL', [...GET, 'X-A: a\0b'], 400],
    ['a lone line feed', [...GET, 'X-A: b\nX-C: d'], 400],
    ['too many bytes', [...GET, `X-A: ${'b'.repeat(20_000)}`], 431],
    ['another version', ['GET /api/version HTTP/3.0', ...TO], 505],
  ])('with %s is refused', async (_what, head, status) => {
    await start();
    const { status: answered, text } = await ask([...head, CLOSE], '0\r\n\r\n');
    expect([400, status]).toContain(answered);
    // One answer, after which nothing more is read as a request.
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  it('never makes a second request of a body', async () => {
    await startWithAccounts();
    const smuggled = `GET /api/connections HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`;
    const { text } = await ask(
      [...POST, 'Content-Length: 6', 'Transfer-Encoding: chunked'],
      `0\r\n\r\n${smuggled}`,
    );
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(text).not.toContain('"items"');
  });

  it('cannot write lines of its own into the log', async () => {
    const lines: object[] = [];
    const log = (fields: object): void => void lines.push(fields);
    const levels = { debug: log, info: log, warn: log, error: log };
    await start({ logger: { ...levels, isLevelEnabled: () => true } });
    for (const path of [
      '/a%0a{"level":60}',
      '/\u001b[31m',
      `/${'x'.repeat(4_000)}`,
      '/\u009b31m',
    ]) {
      await ask([`GET ${path} HTTP/1.1`, ...TO, CLOSE]);
    }
    const text = JSON.stringify(lines);
    expect(text).not.toMatch(/\\n|\\u001b|\u001b|\u009b/);
    for (const line of lines) expect(JSON.stringify(line).length).toBeLessThan(700);
  });
});

describe('methods', () => {
  it('HEAD is GET without the answer', async () => {
    await start();
    const { status, text } = await ask(['HEAD /api/connections HTTP/1.1', ...TO, CLOSE]);
    expect(status).toBe(200);
    expect(text).toMatch(/Content-Length: [1-9]/);
    expect(text.endsWith('\r\n\r\n')).toBe(true);
    const anonymous = ['HEAD /api/connections HTTP/1.1', 'Host: localhost', CLOSE];
    expect((await ask(anonymous)).status).toBe(401);
  });

  it('OPTIONS says what there is, to those who may know', async () => {
    await startWithAccounts();
    const { status, text } = await ask(['OPTIONS /api/connections HTTP/1.1', ...TO, CLOSE]);
    expect(status).toBe(200);
    expect(text).toMatch(/Allow: HEAD, GET, POST/);
    const anonymous = ['OPTIONS /api/connections HTTP/1.1', 'Host: localhost', CLOSE];
    expect((await ask(anonymous)).status).toBe(401);
  });

  it.each(['TRACE', 'PUT', 'PROPFIND', 'CONNECT'])('%s is for nothing', async (method) => {
    await start();
    const { status } = await ask([`${method} /api/connections HTTP/1.1`, ...TO, CLOSE]);
    expect([0, 404, 405, 501]).toContain(status);
  });
});

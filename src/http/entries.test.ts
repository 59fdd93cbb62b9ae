import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccountServer } from '../../test/support/account-server.ts';
import type { ListedEntry } from '../app/index.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';

let server: AccountServer;
beforeEach(async () => {
  server = await AccountServer.start();
});
afterEach(() => server.stop());

const entry = (name: string): ListedEntry => ({
  ...{ name, path: `a/${name}`, kind: 'file', size: 1, modified_at: '2026-01-01T00:00:00.000Z' },
});
const entries = (from: number, to: number): ListedEntry[] =>
  Array.from({ length: to - from }, (_, index) => entry(`f${from + index}`));
const path = (): string => `/api/connections/${server.hers.id}/entries`;

/** A streamed listing, as it comes: nothing is read before it is asked for. */
async function lines(body?: string): Promise<IncomingMessage> {
  const asked = request(`${server.doors.http}${path()}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      Authorization: `Bearer ${server.alice.token}`,
      Accept: 'application/x-ndjson',
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
  });
  asked.end(body);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return response;
}

describe('a directory', () => {
  it('is listed page by page, across those of the server', async () => {
    server.services.connections.pages = [entries(0, 3), [], entries(3, 4), entries(4, 10)];
    const seen: string[] = [];
    for (let page = 1; ; page += 1) {
      const url = `${path()}?path=a&page=${page}&page_size=4`;
      const answer = (await (await server.ask(server.alice, url)).json()) as {
        items: ListedEntry[];
        total: number;
        has_more: boolean;
      };
      expect(answer.total).toBe(10);
      seen.push(...answer.items.map(({ name }) => name));
      if (!answer.has_more) break;
    }
    expect(seen).toEqual(entries(0, 10).map(({ name }) => name));
  });

  it('has pages of at most 10,000', async () => {
    expect((await server.ask(server.alice, `${path()}?page_size=10000`)).status).toBe(200);
    expect((await server.ask(server.alice, `${path()}?page_size=10001`)).status).toBe(400);
    const body = { path: 'a', page_size: 10_001 };
    expect((await server.ask(server.alice, `POST ${path()}`, body)).status).toBe(422);
  });

  it('may have a name that no address can carry: half of a character', async () => {
    let asked = '';
    server.services.connections.entries = (_caller, _id, wanted) => {
      asked = wanted;
      return Promise.resolve(ReadableStream.from([]));
    };
    const name = 'a/\ud800b';
    await server.ask(server.alice, `POST ${path()}`, { path: name });
    expect(asked).toBe(name);
  });

  it('is told whole or not at all', async () => {
    server.services.connections.listing = async function* listing() {
      yield await Promise.resolve(entries(0, 3));
      throw new TidewatchError('disconnected', 'the server at /srv/QZ went away');
    };
    const response = await server.ask(server.alice, path());
    expect(response.status).toBe(503);
    expect(await response.text()).not.toContain('QZ');
  });
});

describe('a streamed directory', () => {
  it('comes one entry a line, with nothing that the document does not name', async () => {
    const more = Object.assign(entry('x'), { inode: 'QZ' });
    server.services.connections.pages = [entries(0, 2), [more]];
    const response = await lines();
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('application/x-ndjson');
    const text = (await response.setEncoding('utf8').toArray()).join('');
    const read = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(read).toEqual([...entries(0, 2), entry('x')]);
  });

  it('is read from the server no faster than it is taken', async () => {
    let pages = 0;
    server.services.connections.listing = async function* listing() {
      for (; pages < 10_000; pages += 1) yield await Promise.resolve(entries(0, 100));
    };
    const response = await lines('{"path":"a"}');
    await once(response, 'readable');
    let before = -1;
    // What fits into buffers and sockets on the way goes, and then nothing.
    while (before !== pages) {
      before = pages;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(pages).toBeLessThan(5_000);
    response.destroy();
  });

  it('ends at the server when the client goes', async () => {
    const ended = Promise.withResolvers<unknown>();
    server.services.connections.listing = async function* listing(signal) {
      yield entries(0, 10);
      await once(signal, 'abort').then(ended.resolve, ended.reject);
    };
    const response = await lines();
    await once(response, 'readable');
    response.destroy();
    await ended.promise;
    expect((await server.ask(server.alice, '/api/version')).status).toBe(200);
  });

  it('that fails ends with why and is cut off', async () => {
    server.services.connections.listing = async function* listing() {
      yield await Promise.resolve(entries(0, 2));
      throw new TidewatchError('disconnected', 'the server at /srv/QZ went away');
    };
    const response = await lines();
    let text = '';
    const reading = (async () => {
      for await (const chunk of response.setEncoding('utf8')) text += chunk as string;
    })();
    await expect(reading).rejects.toThrow('aborted');
    const last = text.trimEnd().split('\n').at(-1) ?? '';
    expect(JSON.parse(last)).toMatchObject({ error: { code: 'disconnected' } });
    expect(text).not.toContain('QZ');
  });

  it('that cannot begin is answered as any request', async () => {
    server.services.connections.entries = () =>
      Promise.reject(new TidewatchError('access_denied', 'no'));
    const response = await lines();
    expect(response.statusCode).toBe(403);
    response.resume();
  });

  it('is not begun for a request that wants the head alone', async () => {
    const response = await server.ask(server.alice, `HEAD ${path()}`, undefined, {
      Accept: 'application/x-ndjson',
    });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeHost } from '../../test/fake-server/fake-host.ts';
import { createRuntime } from './runtime.ts';
import type { Runtime } from './runtime-face.ts';

let host: FakeHost;
let runtime: Runtime;
let abort: AbortController;

beforeEach(() => {
  host = new FakeHost({});
  host.fileSystem.mkdir('photos');
  host.fileSystem.writeFile('photos/a.jpg', 'x');
  abort = new AbortController();
  runtime = createRuntime({
    limits: { connectionLingerMs: 20 },
    network: {
      resolve: () => Promise.resolve('192.0.2.1'),
      dial: ({ signal }) => host.dial(signal),
    },
  });
  connect('secret');
});
afterEach(() => runtime.stop());

function connect(password: string): void {
  const logon = { username: 'alice', password };
  const target = { type: 'smb', host: 'nas', port: 445, share: 'data', logon } as const;
  const id = '0b5f9c7e-2f55-4a55-9d43-0a7b5ce0f001';
  runtime.connections.put({ id, scope: 'private', name: 'nas', target, pathPrefix: '' });
}

async function names(path: string, connection = 'nas'): Promise<string[]> {
  const { signal } = abort;
  const pages = await Array.fromAsync(runtime.list({ connection, path, signal }));
  return pages.flat().map(({ name }) => name);
}

const id = (): string => runtime.connections.list()[0]?.id ?? '';

describe('a directory that is listed once', () => {
  it('is told as it is, and leaves nothing behind', async () => {
    expect(await names('/photos/', id())).toEqual(['a.jpg']);
    expect(host.opens).toBe(0);
    await expect.poll(() => runtime.counters().connections).toEqual({});
  });

  it.each([
    ['missing', 'not_found'],
    ['../up', 'invalid_path'],
  ])('at %s ends with %s', async (path, code) => {
    await expect(names(path, id())).rejects.toMatchObject({ code });
  });

  it('of a server that refuses the logon ends at once', async () => {
    connect('wrong');
    await expect(names('', id())).rejects.toMatchObject({ code: 'logon_failure' });
  });

  it('of a connection that nobody knows ends with not_found', async () => {
    await expect(names('', 'unknown')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('is not waited for once it is aborted', async () => {
    abort.abort();
    await expect(names('photos', id())).rejects.toMatchObject({ code: 'aborted' });
    await expect.poll(() => runtime.counters().connections).toEqual({});
  });
});

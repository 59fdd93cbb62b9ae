import { expect, it } from 'vitest';
import { FakeHost } from '../../test/fake-server/fake-host.ts';
import { createRuntime } from './runtime.ts';

it('connections that are gone still count among those that had to be made anew', async () => {
  const host = new FakeHost({});
  const runtime = createRuntime({
    network: {
      resolve: () => Promise.resolve('192.0.2.1'),
      dial: ({ signal }) => host.dial(signal),
    },
  });
  const watch = await runtime.watch('smb://alice:wrong@host/data');
  const read = async (): Promise<void> => {
    for await (const event of watch) expect(event.type).toBe('state');
  };
  await expect(read()).rejects.toThrow(expect.objectContaining({ code: 'logon_failure' }));
  expect(runtime.counters().reconnects).toBe(1);
  await runtime.stop();
  expect(runtime.counters()).toMatchObject({ reconnects: 1, connections: {} });
});

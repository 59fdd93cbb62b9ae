import { expect, it } from 'vitest';
import { createRuntime } from './runtime.ts';

it('a server whose name is never resolved is tried again, not waited for', async () => {
  let asked = 0;
  const runtime = createRuntime({
    limits: { connectTimeoutMs: 50 },
    network: {
      resolve: () => {
        asked += 1;
        // The first question is about whom to share a connection with.
        return asked === 1 ? Promise.resolve('127.0.0.1') : new Promise(() => undefined);
      },
    },
  });
  const watch = await runtime.watch('smb://alice:secret@nas/data');
  const codes: unknown[] = [];
  for await (const event of watch) {
    if (event.type !== 'state' || event.state === 'connecting') continue;
    codes.push(event.state, event.code);
    break;
  }
  expect(codes).toEqual(['reconnecting', 'timeout']);
  await runtime.stop();
  expect(runtime.actors.list()).toEqual([]);
});

import { expect, it } from 'vitest';
import { Status } from '../../src/smb/status.ts';
import { failure } from '../fake-server/replies.ts';
import { raw, startWatching } from './watching.ts';

it('a watch that nobody reads keeps one rescan, whatever reasons for another come', async () => {
  const { event, notify: first, server, watch } = await startWatching();
  let notify = first;
  for (let i = 0; i < 20; i += 1) {
    const malformed = i % 2 === 0;
    notify.operation.finish(malformed ? raw(Buffer.alloc(5)) : failure(Status.NOTIFY_ENUM_DIR));
    notify = await server.nextNotify();
  }
  expect(await event()).toMatchObject({ type: 'rescan' });
  server.fileSystem.writeFile('dir/after');
  expect(await event()).toMatchObject({ type: 'changes' });
  await watch.close();
});

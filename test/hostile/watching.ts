import type { Watch, WatchEvent } from '../../src/smb/index.ts';
import { encodeNotifyRecords } from '../../src/smb/wire/notify-records.ts';
import { encodeOutputBufferResponse } from '../../src/smb/wire/output-buffer.ts';
import type { PendingNotify, Reply } from '../fake-server/protocol.ts';
import { success } from '../fake-server/replies.ts';
import { converse } from './conversation.ts';
import type { Conversation, Setup } from './conversation.ts';

export interface Watching extends Conversation {
  readonly watch: Watch;
  /** The event that comes next. */
  readonly event: () => Promise<WatchEvent | undefined>;
  /** The CHANGE_NOTIFY that is pending. */
  readonly notify: PendingNotify;
}

/** A watch of `dir`, armed; `dir/sub` exists. */
export async function startWatching(
  setup: Setup = {},
  options: Parameters<Conversation['tree']['watch']>[1] = {},
): Promise<Watching> {
  const conversation = await converse({
    ...setup,
    prepare: (server) => {
      server.fileSystem.mkdir('dir/sub');
      setup.prepare?.(server);
    },
  });
  const watch = conversation.tree.watch('dir', options);
  await watch.armed;
  const notify = await conversation.server.nextNotify();
  const iterator = watch[Symbol.asyncIterator]();
  return { ...conversation, watch, notify, event: async () => (await iterator.next()).value };
}

/** An answer to CHANGE_NOTIFY with these records. */
export const records = (...pairs: (readonly [number, string])[]): Reply =>
  success(
    encodeOutputBufferResponse(
      encodeNotifyRecords(pairs.map(([action, name]) => ({ action, name }))),
    ),
  );

/** An answer to CHANGE_NOTIFY with this for its records. */
export const raw = (bytes: Buffer): Reply => success(encodeOutputBufferResponse(bytes));

import { Status } from '../../src/smb/status.ts';
import { CompletionFilter } from '../../src/smb/wire/change-notify.ts';
import { encodeNotifyRecords, NotifyAction } from '../../src/smb/wire/notify-records.ts';
import type { NotifyRecord } from '../../src/smb/wire/notify-records.ts';
import { encodeOutputBufferResponse } from '../../src/smb/wire/output-buffer.ts';
import { isAttached, pathOf } from './file-system.ts';
import type { FakeChange, FakeNode } from './file-system.ts';
import type { PendingNotify, Reply } from './protocol.ts';
import { failure, success } from './replies.ts';

const NAMES = CompletionFilter.FILE_NAME | CompletionFilter.DIR_NAME;

/**
 * What happens below one directory handle. Filter, depth and room are those of the first request
 * (MS-SMB2 3.3.1.3); changes wait here while no request does.
 */
export class NotifyQueue {
  readonly pending: PendingNotify[] = [];
  readonly #directory: FakeNode;
  readonly #first: PendingNotify;
  readonly #recursion: 'complete' | 'partial';
  #records: NotifyRecord[] = [];
  #bytes = 0;
  #overflowed = false;
  #endedBy: number | undefined;

  /** `partial`: from below come only names, and only what clients do to them (Samba). */
  constructor(directory: FakeNode, first: PendingNotify, recursion: 'complete' | 'partial') {
    this.#directory = directory;
    this.#first = first;
    this.#recursion = recursion;
  }

  add(notify: PendingNotify): void {
    this.pending.push(notify);
    this.#deliver();
  }

  onChange(change: FakeChange): void {
    const records = this.#recordsOf(change);
    if (records.length === 0) return;
    // What is full stays full, until somebody is told.
    if (this.#overflowed) return;
    this.#records.push(...records);
    // Each record but the last is padded to four bytes (MS-FSCC 2.7.1).
    const size = encodeNotifyRecords(records).length;
    if (this.#bytes + size > this.#first.outputBufferLength) {
      this.#overflowed = true;
      this.#records = [];
    }
    this.#bytes += Math.ceil(size / 4) * 4;
    this.#deliver();
  }

  /** More happened than there was room for. */
  overflow(): void {
    this.#overflowed = true;
    this.#records = [];
    this.#deliver();
  }

  /** Every request ends with this status, those to come as well. */
  end(status: number): void {
    this.#endedBy = status;
    this.#deliver();
  }

  /** The answer to a request that comes now, when it need not wait; it is then not added. */
  immediate(): Reply | undefined {
    const reply = this.#nextReply();
    this.#forget();
    return reply;
  }

  #deliver(): void {
    for (;;) {
      const reply = this.#nextReply();
      if (reply === undefined) return;
      const notify = this.pending.shift();
      if (notify === undefined) return;
      if (!notify.operation.isPending) continue;
      notify.operation.finish(reply);
      this.#forget();
    }
  }

  #forget(): void {
    this.#records = [];
    this.#bytes = 0;
    this.#overflowed = false;
  }

  #nextReply(): Reply | undefined {
    if (this.#endedBy !== undefined) return failure(this.#endedBy);
    if (this.#overflowed) {
      return { status: Status.NOTIFY_ENUM_DIR, body: encodeOutputBufferResponse(Buffer.alloc(0)) };
    }
    if (this.#records.length === 0) return undefined;
    return success(encodeOutputBufferResponse(encodeNotifyRecords(this.#records)));
  }

  #recordsOf(change: FakeChange): NotifyRecord[] {
    const { action, path, oldPath } = change;
    const name = this.#relative(path, change);
    const filter = this.#first.completionFilter;
    if (action === 'modified' ? (filter & ~NAMES) === 0 : (filter & NAMES) === 0) return [];
    if (action === 'renamed') {
      const oldName = this.#relative(oldPath ?? '', change);
      const inside = name !== undefined && oldName !== undefined;
      const records: NotifyRecord[] = [];
      if (oldName !== undefined) {
        const code = inside ? NotifyAction.RENAMED_OLD_NAME : NotifyAction.REMOVED;
        records.push({ action: code, name: oldName });
      }
      if (name !== undefined) {
        const code = inside ? NotifyAction.RENAMED_NEW_NAME : NotifyAction.ADDED;
        records.push({ action: code, name });
      }
      return records;
    }
    const codes = {
      added: NotifyAction.ADDED,
      removed: NotifyAction.REMOVED,
      modified: NotifyAction.MODIFIED,
    };
    return name === undefined ? [] : [{ action: codes[action], name }];
  }

  /** The path from the watched directory on; undefined when it is not told of it. */
  #relative(path: string, { action, by }: FakeChange): string | undefined {
    if (!isAttached(this.#directory)) return undefined;
    const directory = pathOf(this.#directory);
    const prefix = directory === '' ? '' : `${directory}\\`;
    if (path === directory || !path.startsWith(prefix)) return undefined;
    const name = path.slice(prefix.length);
    if (!name.includes('\\')) return name;
    if (!this.#first.recursive) return undefined;
    if (this.#recursion === 'complete') return name;
    return by === 'client' && action !== 'modified' ? name : undefined;
  }
}

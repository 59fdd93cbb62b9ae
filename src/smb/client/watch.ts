import { SMB_DEFAULTS } from '../defaults.ts';
import { SmbError } from '../smb-error.ts';
import { errorForStatus, Status } from '../status.ts';
import { encodeChangeNotifyRequest, WATCH_TREE } from '../wire/change-notify.ts';
import { decodeCreateResponse } from '../wire/create.ts';
import { Command } from '../wire/header.ts';
import { decodeNotifyRecords } from '../wire/notify-records.ts';
import type { NotifyRecord } from '../wire/notify-records.ts';
import { decodeOutputBufferResponse } from '../wire/output-buffer.ts';
import { assertWhole } from './arguments.ts';
import type { TreeContext, TreeResident } from './contexts.ts';
import { EventQueue } from './event-queue.ts';
import { closeLater, closeOpened, closeRequest, createRequest, DIRECTORY_HANDLE } from './opens.ts';
import { toWirePath } from './path.ts';
import { RenameJoiner } from './rename-joiner.ts';
import type { Change } from './rename-joiner.ts';
import type { SmbMessage } from './request.ts';
import { filterBits } from './watch-options.ts';
import type { RescanReason, WatchEvent, WatchOptions } from './watch-options.ts';

/** Where a watch finds its tree, and whom it tells when it needs it no more. */
export interface TreeSource {
  readonly tree: TreeContext | Promise<TreeContext>;
  /** With the reason when it failed. */
  readonly release?: (reason?: SmbError) => void;
}

const weigh = (event: WatchEvent): number => (event.type === 'changes' ? event.changes.length : 1);

/**
 * One watched directory: open, CHANGE_NOTIFY, and again for as long as it lives (MS-SMB2 3.2.4.18,
 * 3.2.5.16). Every answer is followed by the next request before it is decoded. Iterating gives
 * what changed, or that the directory has to be listed again; a watch that ends throws the reason:
 *
 * - `directory_deleted`: the handle is closed already, so that the deletion can complete
 * - `watch_ended`: the server closed the handle (NOTIFY_CLEANUP)
 * - `insufficient_resources`: no room for another handle or pending notify on this connection
 * - `notify_unsupported`: the server or share does not notify
 * - `not_found`, `not_a_directory`, `access_denied`, `disconnected`, `closed`, `aborted`, …
 *
 * List the directory after `armed`: what changes from then on is told, so nothing is ever missed.
 */
export class Watch implements AsyncIterable<WatchEvent>, TreeResident {
  readonly path: string;
  /** Resolves when the server watches; rejects when the watch ends before. */
  readonly armed: Promise<void>;
  #source: TreeSource;
  #tree: TreeContext | undefined;
  #filter: number;
  #recursive: boolean;
  #pipeline: number;
  #bufferSize: number;
  #fileId: Buffer | undefined;
  #isArmed = false;
  #ended = false;
  #settleArmed: { resolve: () => void; reject: (reason: SmbError) => void } | undefined;
  #queue = new EventQueue<WatchEvent>(weigh);
  #joiner = new RenameJoiner();
  #joinTimer: unknown;
  #settleTimer: unknown;
  #removeAbortListener: (() => void) | undefined;

  constructor(source: TreeSource, path: string, options: WatchOptions) {
    this.path = toWirePath(path).replaceAll('\\', '/');
    this.#source = source;
    this.#filter = filterBits(options.filter);
    this.#recursive = options.recursive ?? false;
    this.#pipeline = options.pipeline ?? 1;
    this.#bufferSize = options.bufferSize ?? SMB_DEFAULTS.notifyBufferBytes;
    assertWhole('The pipeline of a watch', this.#pipeline, 1);
    assertWhole('The buffer of a watch', this.#bufferSize);
    this.armed = new Promise((resolve, reject) => {
      this.#settleArmed = { resolve, reject };
    });
    // Whoever only iterates hears of the failure there.
    this.armed.catch(() => undefined);
    this.#observe(options.signal);
    this.#begin();
  }

  [Symbol.asyncIterator](): AsyncIterator<WatchEvent, undefined> {
    return {
      next: () => this.#queue.next(),
      return: async () => {
        await this.close();
        return { done: true, value: undefined };
      },
    };
  }

  /** Ends the watch and closes its handle; iterating ends too. Never throws. */
  close(): Promise<void> {
    const tree = this.#tree;
    const fileId = this.#fileId;
    if (!this.#finish(undefined)) return Promise.resolve();
    if (tree === undefined || fileId === undefined) {
      // Still opening: the handle is closed as soon as there is one.
      this.#source.release?.();
      return Promise.resolve();
    }
    // CLOSE completes the pending notify as well: cheaper than CANCEL and CLOSE.
    return new Promise((resolve) => {
      const timeoutMs = tree.mux.settings.closeTimeoutMs;
      const options = { lane: 'urgent', timeoutMs } as const;
      tree.submit([closeRequest(fileId)], options, () => {
        this.#source.release?.();
        resolve();
      });
    });
  }

  get handle(): Buffer | undefined {
    return this.#fileId;
  }

  treeEnded(reason: SmbError): void {
    this.#fileId = undefined;
    this.#fail(reason);
  }

  #observe(signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    const onAbort = (): void => this.#fail(new SmbError('aborted', 'The watch was aborted'));
    if (signal.aborted) queueMicrotask(onAbort);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#removeAbortListener = () => signal.removeEventListener('abort', onAbort);
  }

  #begin(): void {
    const { tree } = this.#source;
    if (!(tree instanceof Promise)) {
      this.#open(tree);
      return;
    }
    tree.then(
      (connected) => this.#open(connected),
      (error: unknown) => this.#fail(asSmbError(error)),
    );
  }

  #open(tree: TreeContext): void {
    if (this.#ended) return;
    this.#tree = tree;
    tree.residents.add(this);
    const { mux } = tree;
    this.#bufferSize = mux.affordableBytes(Math.min(this.#bufferSize, mux.maxTransact));
    const request = createRequest(this.path, DIRECTORY_HANDLE);
    tree.submit([request], { onLate: closeOpened(tree) }, (error, [answer]) => {
      if (error !== undefined) {
        this.#fail(error);
        return;
      }
      if (answer!.status !== Status.SUCCESS) {
        this.#fail(errorForStatus(answer!.status, 'CREATE', this.path));
        return;
      }
      const fileId = this.#handleOf(answer!);
      if (fileId === undefined) return;
      if (this.#ended) {
        closeLater(tree, fileId);
        return;
      }
      this.#fileId = fileId;
      if (mux.asyncSlots.full) {
        const most = mux.asyncSlots.limit;
        const what = `The server keeps no more than ${most} pending notifies on a connection`;
        this.#fail(new SmbError('insufficient_resources', what, { path: this.path }));
        return;
      }
      for (let pending = 0; pending < this.#pipeline; pending += 1) this.#arm(tree, fileId);
    });
  }

  /** A CREATE answer that makes no sense ends the watch: nobody else waits for it. */
  #handleOf(answer: SmbMessage): Buffer | undefined {
    try {
      return decodeCreateResponse(answer.bytes).fileId;
    } catch (error) {
      if (!(error instanceof SmbError)) throw error;
      this.#fail(error);
      return undefined;
    }
  }

  /** Filter, recursion and buffer of the first request stay in force for the handle (3.3.1.3). */
  #arm(tree: TreeContext, fileId: Buffer): void {
    const outputBufferLength = this.#bufferSize;
    const body = encodeChangeNotifyRequest({
      flags: this.#recursive ? WATCH_TREE : 0,
      outputBufferLength,
      fileId,
      completionFilter: this.#filter,
    });
    const request = {
      command: Command.CHANGE_NOTIFY,
      body,
      payloadBytes: outputBufferLength,
      ...(!this.#isArmed && { onInterim: () => this.#onArmed(fileId) }),
    };
    const lane = this.#isArmed ? 'urgent' : 'metadata';
    tree.submit([request], { lane, interimEndsTimeout: true }, (error, [answer]) => {
      // What is said of a handle given up for another is of no account; the end leaves none.
      if (this.#fileId !== fileId) return;
      if (error === undefined) this.#onAnswer(tree, fileId, answer!);
      else this.#fail(error);
    });
  }

  #onArmed(fileId: Buffer): void {
    if (this.#isArmed || this.#fileId !== fileId) return;
    this.#isArmed = true;
    const { armSettleMs, mux } = this.#tree!;
    if (armSettleMs === 0) this.#onSettled();
    else this.#settleTimer = mux.settings.clock.setTimeout(() => this.#onSettled(), armSettleMs);
  }

  #onSettled(): void {
    this.#settleTimer = undefined;
    this.#settleArmed?.resolve();
    this.#settleArmed = undefined;
  }

  #onAnswer(tree: TreeContext, fileId: Buffer, answer: SmbMessage): void {
    const { status } = answer;
    switch (status) {
      case Status.SUCCESS:
      case Status.NOTIFY_ENUM_DIR:
      // Cancelled, but not by us: the server gave the request up, so something may be lost.
      case Status.CANCELLED:
        this.#onArmed(fileId);
        // Before decoding: until the next request is there the server's own queue has to do.
        this.#arm(tree, fileId);
        if (status === Status.SUCCESS) this.#onRecords(answer);
        else this.#rescan('overflow');
        return;
      case Status.NOTIFY_CLEANUP:
        this.#fileId = undefined;
        this.#fail(this.#endedError('watch_ended', 'was ended by the server', status));
        return;
      case Status.DELETE_PENDING:
        this.#fail(this.#endedError('directory_deleted', 'was deleted', status));
        return;
      case Status.INSUFFICIENT_RESOURCES:
        tree.mux.asyncSlots.refused();
        this.#fail(errorForStatus(status, 'CHANGE_NOTIFY', this.path));
        return;
      case Status.NOT_SUPPORTED:
      case Status.NOT_IMPLEMENTED:
      case Status.INVALID_DEVICE_REQUEST:
        this.#fail(this.#endedError('notify_unsupported', 'cannot be watched', status));
        return;
      case Status.INVALID_PARAMETER:
        if (!this.#isArmed && this.#reopenWithSmallerBuffer(tree, fileId)) return;
    }
    this.#fail(errorForStatus(status, 'CHANGE_NOTIFY', this.path));
  }

  /**
   * A new handle, because the refused size may have stuck to the old one. False when there is no
   * smaller size to try.
   */
  #reopenWithSmallerBuffer(tree: TreeContext, fileId: Buffer): boolean {
    const { notifyFallbackBytes } = SMB_DEFAULTS;
    const smaller = notifyFallbackBytes.find((size) => size < this.#bufferSize);
    if (smaller === undefined) return false;
    this.#bufferSize = smaller;
    this.#fileId = undefined;
    closeLater(tree, fileId);
    this.#open(tree);
    return true;
  }

  #onRecords(answer: SmbMessage): void {
    let records: NotifyRecord[];
    try {
      const buffer = decodeOutputBufferResponse(answer.bytes);
      records = decodeNotifyRecords(buffer, { recursive: this.#recursive });
    } catch (error) {
      if (!(error instanceof SmbError)) throw error;
      this.#rescan('malformed');
      return;
    }
    if (records.length === 0) {
      this.#rescan('overflow');
      return;
    }
    const changes = this.#joiner.feed(records);
    if (changes === undefined) this.#rescan('malformed');
    else this.#deliver(changes);
    this.#waitForOtherHalf();
  }

  #waitForOtherHalf(): void {
    const { clock } = this.#tree!.mux.settings;
    if (this.#joinTimer !== undefined) {
      clock.clearTimeout(this.#joinTimer);
      this.#joinTimer = undefined;
    }
    if (!this.#joiner.holding) return;
    this.#joinTimer = clock.setTimeout(() => {
      this.#joinTimer = undefined;
      this.#deliver(this.#joiner.flush());
    }, SMB_DEFAULTS.renameJoinMs);
  }

  #deliver(changes: Change[]): void {
    if (changes.length === 0) return;
    this.#queue.push({ type: 'changes', changes });
    if (this.#queue.weight > SMB_DEFAULTS.watchQueueChanges) {
      this.#queue.clear();
      this.#rescan('slow_consumer');
    }
  }

  #rescan(reason: RescanReason): void {
    this.#deliver(this.#joiner.flush());
    // One that nobody has taken yet says it all, whatever its reason.
    if (this.#queue.newest?.type === 'rescan') return;
    this.#queue.push({ type: 'rescan', reason });
  }

  /** Ends with an error and closes the handle at once, without waiting. */
  #fail(reason: SmbError): void {
    const tree = this.#tree;
    const fileId = this.#fileId;
    if (!this.#finish(reason)) return;
    if (tree !== undefined && fileId !== undefined && tree.mux.end === undefined) {
      closeLater(tree, fileId);
    }
    this.#source.release?.(reason);
  }

  /** False when it had ended before. */
  #finish(reason: SmbError | undefined): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.#removeAbortListener?.();
    const tree = this.#tree;
    tree?.residents.delete(this);
    for (const timer of [this.#joinTimer, this.#settleTimer]) {
      if (timer !== undefined) tree?.mux.settings.clock.clearTimeout(timer);
    }
    if (reason !== undefined) this.#deliver(this.#joiner.flush());
    this.#fileId = undefined;
    this.#settleArmed?.reject(reason ?? new SmbError('closed', 'The watch was closed'));
    this.#settleArmed = undefined;
    this.#queue.end(reason);
    return true;
  }

  #endedError(
    code: 'watch_ended' | 'directory_deleted' | 'notify_unsupported',
    what: string,
    status: number,
  ): SmbError {
    const name = this.path === '' ? 'The root of the share' : this.path;
    return new SmbError(code, `${name} ${what}`, { status, path: this.path });
  }
}

function asSmbError(error: unknown): SmbError {
  if (error instanceof SmbError) return error;
  return new SmbError('disconnected', `The share could not be connected: ${String(error)}`, {
    cause: error,
  });
}

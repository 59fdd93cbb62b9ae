import { SMB_DEFAULTS } from '../defaults.ts';
import { SmbError } from '../smb-error.ts';
import { errorForStatus, Status } from '../status.ts';
import { encodeChangeNotifyRequest, WATCH_TREE } from '../wire/change-notify.ts';
import { decodeCreateResponse } from '../wire/create.ts';
import type { CreateResponse } from '../wire/create.ts';
import { Command } from '../wire/header.ts';
import { decodeNotifyRecords } from '../wire/notify-records.ts';
import type { NotifyRecord } from '../wire/notify-records.ts';
import { decodeOutputBufferResponse } from '../wire/output-buffer.ts';
import { assertWhole } from './arguments.ts';
import { BoundedEvents } from './bounded-events.ts';
import { callOut } from './call-out.ts';
import type { TreeContext, TreeResident } from './contexts.ts';
import { onDiskIdOf } from './entry.ts';
import type { OnDiskId } from './entry.ts';
import { closeLater, closeOpened, closeRequest, createRequest, DIRECTORY_HANDLE } from './opens.ts';
import { toWirePath } from './path.ts';
import { RenameJoiner } from './rename-joiner.ts';
import type { Change } from './rename-joiner.ts';
import type { SmbMessage } from './request.ts';
import { closedError, connectError, endedError, noSlotError } from './watch-errors.ts';
import { filterBits } from './watch-options.ts';
import type { RescanReason, WatchEvent, WatchListener, WatchOptions } from './watch-options.ts';

/** Where a watch finds its tree, and whom it tells when it needs it no more. */
export interface TreeSource {
  readonly tree: TreeContext | Promise<TreeContext>;
  /** With the reason when it failed. */
  readonly release?: (reason?: SmbError) => void;
}

/**
 * One watched directory: open, CHANGE_NOTIFY, and again for as long as it lives (MS-SMB2 3.2.4.18,
 * 3.2.5.16). Every answer is followed by the next request before it is decoded. Iterating gives
 * what changed, or that the directory has to be listed again, and throws the reason when the watch
 * ends; with `listener` the same is called out instead. Reasons with a meaning of their own:
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
  #source: TreeSource;
  #tree: TreeContext | undefined;
  #filter: number;
  #recursive: boolean;
  #pipeline: number;
  #bufferSize: number;
  #fileId: Buffer | undefined;
  /** Two numbers, as there are thousands of watches. */
  #onDiskFile: bigint | undefined;
  #onDiskVolume = 0n;
  /** The server watches, and it has had the time to begin. */
  #isArmed = false;
  #isSettled = false;
  #ended = false;
  #reason: SmbError | undefined;
  /** Each made when somebody asks for it, and forgotten when it has served. */
  #arming: PromiseWithResolvers<void> | undefined;
  #events: BoundedEvents | undefined;
  #listener: WatchListener | undefined;
  #isIterable: boolean;
  #joiner = new RenameJoiner();
  #joinTimer: unknown;
  #settleTimer: unknown;
  #removeAbortListener: (() => void) | undefined;

  constructor(source: TreeSource, path: string, options: WatchOptions) {
    this.path = toWirePath(path).replaceAll('\\', '/');
    this.#source = source;
    this.#listener = options.listener;
    this.#isIterable = options.listener === undefined;
    this.#filter = filterBits(options.filter);
    this.#recursive = options.recursive ?? false;
    this.#pipeline = options.pipeline ?? 1;
    this.#bufferSize = options.bufferSize ?? SMB_DEFAULTS.notifyBufferBytes;
    assertWhole('The pipeline of a watch', this.#pipeline, 1);
    assertWhole('The buffer of a watch', this.#bufferSize);
    this.#observe(options.signal);
    this.#begin();
  }

  /** Resolves when the server watches; rejects when the watch ends before. */
  get armed(): Promise<void> {
    if (this.#isSettled) return Promise.resolve();
    if (this.#arming !== undefined) return this.#arming.promise;
    const arming = Promise.withResolvers<void>();
    // Whoever also iterates hears of the failure there.
    arming.promise.catch(() => undefined);
    if (this.#ended) arming.reject(this.#reason ?? closedError());
    else this.#arming = arming;
    return arming.promise;
  }

  /** Which directory is open, as far as the server says; undefined before it is. */
  get directoryId(): OnDiskId | undefined {
    if (this.#onDiskFile === undefined) return undefined;
    return { file: this.#onDiskFile, volume: this.#onDiskVolume };
  }

  /** Throws `invalid_argument` when there is a listener. */
  [Symbol.asyncIterator](): AsyncIterator<WatchEvent, undefined> {
    if (!this.#isIterable) {
      throw new SmbError('invalid_argument', 'A watch with a listener has nothing to iterate over');
    }
    this.#events ??= new BoundedEvents();
    const events = this.#events;
    if (this.#ended) events.end(this.#reason);
    return {
      next: () => events.next(),
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
      (error: unknown) => this.#fail(connectError(error)),
    );
  }

  #open(tree: TreeContext, { again = false } = {}): void {
    if (this.#ended) return;
    this.#tree = tree;
    tree.residents.add(this);
    const { mux } = tree;
    this.#bufferSize = mux.affordableBytes(Math.min(this.#bufferSize, mux.maxTransact));
    const request = createRequest(this.path, { ...DIRECTORY_HANDLE, wantFileId: true });
    tree.submit([request], { onLate: closeOpened(tree) }, (error, [answer]) => {
      if (error !== undefined) {
        // The tree may say so at once, but nobody holds this watch yet.
        queueMicrotask(() => this.#fail(error));
        return;
      }
      if (answer!.status !== Status.SUCCESS) {
        this.#fail(errorForStatus(answer!.status, 'CREATE', this.path));
        return;
      }
      const opened = this.#openedBy(answer!);
      if (opened === undefined) return;
      const { fileId } = opened;
      if (this.#ended) {
        closeLater(tree, fileId);
        return;
      }
      this.#fileId = fileId;
      const onDisk = onDiskIdOf(opened);
      this.#onDiskFile = onDisk?.file;
      this.#onDiskVolume = onDisk?.volume ?? 0n;
      if (!again) callOut(() => this.#listener?.opened?.());
      if (this.#fileId !== fileId) return;
      if (mux.asyncSlots.full) {
        this.#fail(noSlotError(this.path, mux.asyncSlots.limit));
        return;
      }
      for (let pending = 0; pending < this.#pipeline; pending += 1) this.#arm(tree, fileId);
    });
  }

  /** A CREATE answer that makes no sense ends the watch: nobody else waits for it. */
  #openedBy(answer: SmbMessage): CreateResponse | undefined {
    try {
      return decodeCreateResponse(answer.bytes);
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
    this.#isSettled = true;
    this.#arming?.resolve();
    this.#arming = undefined;
    callOut(() => this.#listener?.armed?.());
  }

  #onAnswer(tree: TreeContext, fileId: Buffer, answer: SmbMessage): void {
    const { status } = answer;
    switch (status) {
      case Status.SUCCESS:
      case Status.NOTIFY_ENUM_DIR:
      // Cancelled, but not by us: the server gave the request up, so something may be lost.
      case Status.CANCELLED:
        this.#onArmed(fileId);
        if (this.#fileId !== fileId) return;
        // Before decoding: until the next request is there the server's own queue has to do.
        this.#arm(tree, fileId);
        if (status === Status.SUCCESS) this.#onRecords(answer);
        else this.#rescan('overflow');
        return;
      case Status.NOTIFY_CLEANUP:
        this.#fileId = undefined;
        this.#fail(endedError('watch_ended', this.path, status));
        return;
      case Status.DELETE_PENDING:
        this.#fail(endedError('directory_deleted', this.path, status));
        return;
      case Status.INSUFFICIENT_RESOURCES:
        tree.mux.asyncSlots.refused();
        this.#fail(errorForStatus(status, 'CHANGE_NOTIFY', this.path));
        return;
      case Status.NOT_SUPPORTED:
      case Status.NOT_IMPLEMENTED:
      case Status.INVALID_DEVICE_REQUEST:
        this.#fail(endedError('notify_unsupported', this.path, status));
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
    this.#open(tree, { again: true });
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
    if (!this.#joiner.holding || this.#ended) return;
    this.#joinTimer = clock.setTimeout(() => {
      this.#joinTimer = undefined;
      this.#deliver(this.#joiner.flush());
    }, SMB_DEFAULTS.renameJoinMs);
  }

  #deliver(changes: Change[]): void {
    if (changes.length > 0) this.#tell({ type: 'changes', changes });
  }

  #rescan(reason: RescanReason): void {
    this.#deliver(this.#joiner.flush());
    this.#tell({ type: 'rescan', reason });
  }

  #tell(event: WatchEvent): void {
    if (this.#isIterable) (this.#events ??= new BoundedEvents()).push(event);
    // What came before is in the listing that follows.
    else if (this.#isSettled) callOut(() => this.#listener?.event(event));
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
    const listener = this.#listener;
    this.#listener = undefined;
    callOut(() => listener?.ended(reason));
  }

  /** False when it had ended before. */
  #finish(reason: SmbError | undefined): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.#reason = reason;
    this.#removeAbortListener?.();
    const tree = this.#tree;
    tree?.residents.delete(this);
    for (const timer of [this.#joinTimer, this.#settleTimer]) {
      if (timer !== undefined) tree?.mux.settings.clock.clearTimeout(timer);
    }
    this.#fileId = undefined;
    if (reason === undefined) this.#listener = undefined;
    else this.#deliver(this.#joiner.flush());
    this.#arming?.reject(reason ?? closedError());
    this.#arming = undefined;
    this.#events?.end(reason);
    return true;
  }
}

/** WebSocket clients that count the changes they are told of. */
import type { WebSocket } from 'ws';
import { nowMicros } from '../support/moment.ts';
import { answerCalls } from './answer-calls.ts';
import { openSockets, subscribeSocket } from './open-sockets.ts';
import type { SocketsToOpen } from './open-sockets.ts';

/** Enough of a frame to tell it from others: type, place, epoch and number. */
const HEAD_BYTES = 200;

export interface Deliveries {
  readonly frames: number;
  readonly bytes: number;
  /** When the last one came that was waited for, in microseconds. */
  readonly lastAt: number;
}

let sockets: WebSocket[] = [];
let counts: number[] = [];
/** Changes by the head of their frame, because every socket is sent the same. */
let changesOf = new Map<string, number>();
let frames = 0;
let bytes = 0;
let lastAt = 0;
let waiting = 0;
let expected = Infinity;
let counted: PromiseWithResolvers<void> | undefined;

function countChanges(data: Buffer): number {
  const head = data.toString('latin1', 0, HEAD_BYTES);
  const known = changesOf.get(head);
  if (known !== undefined) return known;
  const frame = JSON.parse(data.toString()) as { reason?: string; changes?: { action: string }[] };
  const isLoss =
    frame.reason !== undefined && frame.reason !== 'change' && frame.reason !== 'recheck';
  if (isLoss) {
    counted?.reject(new Error(`something was lost on the way: ${frame.reason}`));
  }
  const changes = (frame.changes ?? []).filter(({ action }) => action === 'added').length;
  changesOf.set(head, changes);
  return changes;
}

function onMessage(index: number, data: Buffer): void {
  frames += 1;
  bytes += data.length;
  const before = counts[index]!;
  const after = before + countChanges(data);
  counts[index] = after;
  if (before >= expected || after < expected) return;
  waiting -= 1;
  if (waiting > 0) return;
  lastAt = nowMicros();
  counted?.resolve();
}

const calls = {
  async open(where: SocketsToOpen): Promise<void> {
    sockets = await openSockets(where);
  },
  async subscribe(what: { connection: string; path: string }): Promise<void> {
    const { connection, path } = what;
    const subscription = { connection, paths: [path], detail: 'changes' };
    await Promise.all(sockets.map((socket) => subscribeSocket(socket, subscription)));
    sockets.forEach((socket, i) => socket.on('message', (data: Buffer) => onMessage(i, data)));
  },
  /** From now on every socket is to be told of so many files that were made. */
  expect(changes: number): void {
    counts = sockets.map(() => 0);
    changesOf = new Map();
    frames = bytes = 0;
    waiting = sockets.length;
    expected = changes;
    counted = Promise.withResolvers();
  },
  /** Resolves when each has been told of all. */
  async all(): Promise<Deliveries> {
    await counted?.promise;
    return { frames, bytes, lastAt };
  },
};

export type CountingSocketCalls = typeof calls;

answerCalls(calls);

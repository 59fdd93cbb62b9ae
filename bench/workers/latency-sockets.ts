/** WebSocket clients that tell how old a change is when its frame arrives. */
import type { WebSocket } from 'ws';
import { nowMicros } from '../support/moment.ts';
import { percentile } from '../support/statistics.ts';
import { answerCalls } from './answer-calls.ts';
import { openSockets, subscribeSocket } from './open-sockets.ts';
import type { SocketsToOpen } from './open-sockets.ts';

interface Frame {
  readonly type: string;
  readonly reason?: string;
  readonly path?: string;
  readonly changes?: readonly { readonly path: string }[];
}

/** A frame, and when the files were made that it names as the first, in microseconds. */
interface ReadFrame extends Frame {
  readonly made: readonly number[];
}

/** In milliseconds. */
export interface Latencies {
  /** Files named for the first time, on all sockets together. */
  readonly changes: number;
  readonly frames: number;
  /** Frames that told of no change but that something may have been missed. */
  readonly resyncs: number;
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
  /** When frames without detail arrived, in microseconds. */
  readonly bare: readonly number[];
}

let sockets: WebSocket[] = [];
let ages: number[] = [];
let bare: number[] = [];
let frames = 0;
let resyncs = 0;
/** Sockets of one directory are sent the same bytes, which are read only once. */
let read = new Map<string, ReadFrame>();
/** Files that some frame has named. */
const named = new Set<string>();

function readFrame(text: string): ReadFrame {
  const known = read.get(text);
  if (known !== undefined) return known;
  const frame = JSON.parse(text) as Frame;
  // Whatever it is called: a file that came and went between two looks is only told to be gone.
  const names = new Set((frame.changes ?? []).map(({ path }) => path));
  const made = [...names].filter((name) => !named.has(name)).map(Number);
  for (const name of names) named.add(name);
  const fresh = { ...frame, made };
  read.set(text, fresh);
  return fresh;
}

function onMessage(data: Buffer): void {
  const now = nowMicros();
  const { changes, made, reason, type } = readFrame(data.toString());
  if (type !== 'directory_changed') return;
  frames += 1;
  // A `recheck` soon after arming is no loss: readers are asked to list once more.
  if (reason !== 'change' && reason !== 'recheck') resyncs += 1;
  else if (changes === undefined) bare.push(now);
  for (const at of made) ages.push((now - at) / 1_000);
}

const calls = {
  async open(where: SocketsToOpen): Promise<void> {
    sockets = await openSockets(where);
  },
  /** `shared`: each subscribes to all paths; otherwise each to its share of them. */
  async subscribe(what: {
    readonly connection: string;
    readonly paths: readonly string[];
    readonly detail: string;
    readonly shared: boolean;
  }): Promise<void> {
    const { paths, shared } = what;
    const each = Math.ceil(paths.length / sockets.length);
    await Promise.all(
      sockets.map((socket, i) => {
        const own = shared ? paths : paths.slice(i * each, (i + 1) * each);
        return subscribeSocket(socket, { ...what, paths: own });
      }),
    );
    for (const socket of sockets) {
      socket.off('message', onMessage);
      socket.on('message', onMessage);
    }
  },
  begin(): void {
    ages = [];
    bare = [];
    read = new Map();
    frames = resyncs = 0;
  },
  latencies(): Latencies {
    const [p50, p99, most] = [0.5, 0.99, 1].map((share) => percentile(ages, share));
    return { changes: ages.length, frames, resyncs, p50: p50!, p99: p99!, most: most!, bare };
  },
};

export type LatencySocketCalls = typeof calls;

answerCalls(calls);

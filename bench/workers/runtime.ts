/** The runtime under test, with or without its doors. */
import { subscribe as observe, unsubscribe as ignore } from 'node:diagnostics_channel';
import { createRuntime } from '../../src/app/index.ts';
import type { Detail, Runtime, RuntimeCounters, RuntimeOptions } from '../../src/app/index.ts';
import { startServer } from '../../src/app/server/serve.ts';
import type { RunningServer } from '../../src/app/server/serve.ts';
import { toMicros } from '../support/moment.ts';
import { answerCalls, settledBytes } from './answer-calls.ts';
import { Followers } from './followers.ts';
import { NaivePeer } from './naive-peer.ts';

const CHANGE_NOTIFY = 15;
const NAME = 'bench';

export interface RuntimeStart {
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly limits?: NonNullable<RuntimeOptions['limits']>;
  /** Whether HTTP and WebSocket are served as well. */
  readonly token?: string;
}

let runtime: Runtime;
let server: RunningServer | undefined;
let arrivals: number[] = [];
const followers = new Followers();
const naive = new NaivePeer();

let frameAt = 0;
const onFrame = (message: unknown): void => {
  frameAt = (message as { at: number }).at;
};
const onReceive = (message: unknown): void => {
  const { command, status } = message as { command: number; status: number };
  if (command === CHANGE_NOTIFY && status === 0) arrivals.push(toMicros(frameAt));
};

const calls = {
  /** Gives where it serves, and the id of the connection to the share. */
  async start({ limits = {}, token, ...to }: RuntimeStart): Promise<{ url: string; id: string }> {
    runtime = createRuntime({ limits });
    const { port, username, password } = to;
    const logon = { username, password };
    const target = { type: 'smb', host: '127.0.0.1', port, share: 'data', logon } as const;
    const connection = { name: NAME, target, pathPrefix: '' };
    if (token === undefined) return { url: '', id: runtime.connections.add(connection).id };
    server = await startServer({
      ...{ runtime, logger: runtime.logger, host: '127.0.0.1', port: 0, token },
      ...{ connections: [connection], allowedOrigins: [], metricsPublic: false },
    });
    return { url: server.url, id: server.connections[0]!.id };
  },
  /** Subscribes within the process; resolves when all are live, with the seconds it took. */
  async watch({ paths, detail }: { paths: readonly string[]; detail: Detail }): Promise<number> {
    return followers.add(runtime, NAME, paths, detail);
  },
  /** Resolves when every directory is live again, and was told to be listed again. */
  async back(): Promise<void> {
    await followers.back();
  },
  /** From now on a loss has to be told anew. */
  forgetResyncs(): void {
    followers.forgetResyncs();
  },
  bytes(): number {
    return settledBytes();
  },
  counters(): RuntimeCounters {
    return runtime.counters();
  },
  /** Begins to note when answers to watches arrive. */
  noteArrivals(): void {
    arrivals = [];
    observe('tidewatch:smb:frame', onFrame);
    observe('tidewatch:smb:receive', onReceive);
  },
  /** Those since then, in microseconds, in order. */
  arrivals(): readonly number[] {
    ignore('tidewatch:smb:frame', onFrame);
    ignore('tidewatch:smb:receive', onReceive);
    return arrivals;
  },
  /** Every WebSocket that is sent something until `sendNaively` counts as one of its sockets. */
  noteSockets(): void {
    naive.noteSockets();
  },
  sendNaively(argument: { changes: number; connection: string; path: string }): Promise<number> {
    return naive.send(argument);
  },
  async stop(): Promise<void> {
    await (server?.stop() ?? runtime.stop());
  },
};

export type RuntimeCalls = typeof calls;

answerCalls(calls);

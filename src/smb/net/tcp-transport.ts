import net from 'node:net';
import { SMB_DEFAULTS } from '../defaults.ts';
import { SmbError } from '../smb-error.ts';
import { gather, partsLength } from './byte-parts.ts';
import { pour } from './transport.ts';
import type { ByteSink, Transport } from './transport.ts';

export interface TcpOptions {
  host: string;
  port: number;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/**
 * Connects. Throws `unreachable` (refused, no route, no such name), `timeout` or `aborted`; the
 * socket is gone in each case.
 */
export function connectTcp(options: TcpOptions): Promise<Transport> {
  const { host, port, timeoutMs, signal } = options;
  const remote = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(new SmbError('aborted', `Connecting to ${remote} was aborted`));
      return;
    }
    const early = Buffer.alloc(SMB_DEFAULTS.slabMinimumRoomBytes);
    let transport: TcpTransport | undefined;
    const socket = net.connect({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 30_000,
      onread: {
        buffer: () => transport?.room() ?? early,
        callback: (length: number) => {
          // Nothing comes before the socket is connected, which is when the transport is made.
          transport?.received(length);
          return true;
        },
      },
    });
    const fail = (error: SmbError): void => {
      finish();
      // A late error of a socket that nobody waits for any more has no one to be told.
      socket.on('error', () => undefined);
      socket.destroy();
      reject(error);
    };
    const onTimeout = setTimeout(
      () => fail(new SmbError('timeout', `No connection to ${remote} within ${timeoutMs} ms`)),
      timeoutMs,
    );
    const onAbort = (): void =>
      fail(new SmbError('aborted', `Connecting to ${remote} was aborted`));
    const onError = (cause: Error): void =>
      fail(
        new SmbError('unreachable', `Cannot connect to ${remote}: ${reasonOf(cause)}`, { cause }),
      );
    const finish = (): void => {
      clearTimeout(onTimeout);
      signal?.removeEventListener('abort', onAbort);
      socket.off('error', onError);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.once('error', onError);
    socket.once('connect', () => {
      finish();
      transport = new TcpTransport(socket, remote, early);
      resolve(transport);
    });
  });
}

function reasonOf(error: Error & { code?: string }): string {
  return error.code ?? (error.message || error.name);
}

class TcpTransport implements Transport, ByteSink {
  readonly remote: string;
  #socket: net.Socket;
  #queue: Buffer[] = [];
  #early: Buffer[] = [];
  #sink: ByteSink | undefined;
  /** The room that the socket reads into now, while it is ours and not the sink's. */
  #own: Buffer | undefined;
  #onClose: ((error?: Error) => void) | undefined;
  #error: Error | undefined;
  #closed = false;

  constructor(socket: net.Socket, remote: string, room: Buffer) {
    this.#socket = socket;
    this.#own = room;
    this.remote = remote;
    socket.on('error', (error) => {
      this.#error = error;
    });
    // The server half-closed: an SMB connection is of no use in one direction.
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      this.#closed = true;
      this.#onClose?.(this.#error);
    });
  }

  /** What one tick sends goes out together: one system call, one packet where it fits. */
  send(parts: readonly Buffer[]): void {
    if (this.#socket.destroyed) return;
    // Behind the promises of this tick: what was received is told before the next is asked for, since
    // a system call takes longer than the telling. A plain nextTick would come before them.
    if (this.#queue.length === 0) queueMicrotask(() => process.nextTick(() => this.#flush()));
    this.#queue.push(...parts);
  }

  #flush(): void {
    const parts = this.#queue;
    this.#queue = [];
    if (parts.length === 0 || this.#socket.destroyed) return;
    // Joining small frames is cheaper than a vector of them; large ones are not copied.
    if (partsLength(parts) <= SMB_DEFAULTS.joinWritesBytes) {
      this.#socket.write(gather(parts));
      return;
    }
    this.#socket.cork();
    for (const part of parts) this.#socket.write(part);
    this.#socket.uncork();
  }

  receiveInto(sink: ByteSink): void {
    this.#sink = sink;
    for (const chunk of this.#early.splice(0)) pour(chunk, sink);
  }

  room(): Buffer {
    if (this.#sink !== undefined) {
      this.#own = undefined;
      return this.#sink.room();
    }
    this.#own = Buffer.alloc(SMB_DEFAULTS.slabMinimumRoomBytes);
    return this.#own;
  }

  received(length: number): void {
    const chunk = this.#own?.subarray(0, length);
    if (chunk === undefined) this.#sink?.received(length);
    else if (this.#sink === undefined) this.#early.push(chunk);
    else pour(chunk, this.#sink);
  }

  onClose(listener: (error?: Error) => void): void {
    this.#onClose = listener;
    if (this.#closed) queueMicrotask(() => listener(this.#error));
  }

  close(): void {
    this.#flush();
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

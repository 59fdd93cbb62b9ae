import { pour } from './transport.ts';
import type { ByteSink, Transport } from './transport.ts';

/** How bytes are cut on their way from one end to the other; the default leaves them whole. */
export type Splitter = (bytes: Buffer) => Buffer[];

/**
 * Two transports that are each other's far end, without a socket. Delivery is asynchronous and in
 * order, as on TCP; what a reader has not been registered for yet is kept.
 */
export function memoryTransportPair(
  options: { toClient?: Splitter; toServer?: Splitter } = {},
): [client: MemoryTransport, server: MemoryTransport] {
  const client = new MemoryTransport('memory-client', options.toServer);
  const server = new MemoryTransport('memory-server', options.toClient);
  client.peer = server;
  server.peer = client;
  return [client, server];
}

export class MemoryTransport implements Transport {
  readonly remote: string;
  peer: MemoryTransport | undefined;
  #split: Splitter | undefined;
  #inbox: Buffer[] = [];
  #sink: ByteSink | undefined;
  #onClose: ((error?: Error) => void) | undefined;
  #delivering = false;
  #ended: { error?: Error } | undefined;
  #closed = false;

  constructor(remote: string, split: Splitter | undefined) {
    this.remote = remote;
    this.#split = split;
  }

  send(parts: readonly Buffer[]): void {
    if (this.#closed || this.#ended !== undefined) return;
    const bytes = Buffer.concat(parts);
    for (const chunk of this.#split?.(bytes) ?? [bytes]) this.peer?.deliver(chunk);
  }

  receiveInto(sink: ByteSink): void {
    this.#sink = sink;
    this.#schedule();
  }

  onClose(listener: (error?: Error) => void): void {
    this.#onClose = listener;
    this.#schedule();
  }

  close(): void {
    this.destroy();
  }

  destroy(error?: Error): void {
    if (this.#closed) return;
    this.peer?.end(error);
    this.end(error);
  }

  /** Takes a chunk from the far end. */
  deliver(chunk: Buffer): void {
    if (this.#closed || chunk.length === 0) return;
    this.#inbox.push(chunk);
    this.#schedule();
  }

  /** The far end is gone: what it had sent before is still read. */
  end(error?: Error): void {
    this.#ended ??= error === undefined ? {} : { error };
    this.#schedule();
  }

  #schedule(): void {
    if (this.#delivering || this.#closed) return;
    this.#delivering = true;
    setImmediate(() => {
      this.#delivering = false;
      const sink = this.#sink;
      if (sink !== undefined) {
        for (const chunk of this.#inbox.splice(0)) pour(chunk, sink);
      }
      if (this.#ended !== undefined && this.#inbox.length === 0 && this.#onClose !== undefined) {
        this.#closed = true;
        this.#onClose(this.#ended.error);
      }
    });
  }
}

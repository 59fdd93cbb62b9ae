import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import type { Clock } from '../app/index.ts';
import type { GatewayCounters } from './gateway-counters.ts';
import type { DoorLimits } from './limits.ts';

/** Has something to say as soon as there is room. */
export interface Debtor {
  settle(): void;
}

export interface SocketWriterOptions {
  readonly socket: WebSocket;
  /** What the WebSocket runs on. */
  readonly stream: Duplex;
  readonly limits: DoorLimits;
  readonly clock: Clock;
  readonly counters: GatewayCounters;
  /** Reading should wait until what is to be written got less, or may go on. */
  readonly congestion: (congested: boolean) => void;
  /** The other side takes too little for too long. */
  readonly tooSlow: () => void;
}

/**
 * Writes to one WebSocket. What waits there for a slow reader is bounded: when it is `congested`,
 * nothing but answers is written, and debtors come back when everything was taken.
 */
export class SocketWriter {
  readonly #options: SocketWriterOptions;
  readonly #debtors = new Set<Debtor>();
  #waiting = false;
  #deadline: unknown;

  constructor(options: SocketWriterOptions) {
    this.#options = options;
  }

  get congested(): boolean {
    const { limits, socket, stream } = this.#options;
    // Only a stream that needs it tells when it has drained.
    return socket.bufferedAmount > limits.queueBytes && stream.writableNeedDrain;
  }

  send(frame: Buffer): void {
    const { counters, socket } = this.#options;
    if (socket.readyState !== WebSocket.OPEN) return;
    counters.frames += 1;
    // Buffers are shared between sockets: nobody writes into them, and a server masks nothing.
    socket.send(frame, { binary: false });
    if (this.congested) this.#waitForDrain();
  }

  /** The debtor is called once there is room. Who stays congested is closed as too slow. */
  owe(debtor: Debtor): void {
    const { clock, limits, tooSlow } = this.#options;
    this.#debtors.add(debtor);
    this.#deadline ??= clock.setTimeout(tooSlow, limits.slowMs);
    this.#waitForDrain();
  }

  forgive(debtor: Debtor): void {
    this.#debtors.delete(debtor);
  }

  close(): void {
    this.#debtors.clear();
    this.#options.stream.off('drain', this.#drained);
    this.#stopDeadline();
  }

  #waitForDrain(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#options.stream.once('drain', this.#drained);
    this.#options.congestion(true);
  }

  readonly #drained = (): void => {
    this.#waiting = false;
    this.#stopDeadline();
    for (const debtor of this.#debtors) {
      if (this.congested) {
        this.owe(debtor);
        return;
      }
      this.#debtors.delete(debtor);
      debtor.settle();
    }
    if (!this.congested) this.#options.congestion(false);
  };

  #stopDeadline(): void {
    if (this.#deadline === undefined) return;
    this.#options.clock.clearTimeout(this.#deadline);
    this.#deadline = undefined;
  }
}

import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** `up` is from the client to the server, `down` the way back. */
export type Direction = 'up' | 'down';

/** How connections end: reset both, end both in order, or only the server's side disappears. */
export type Cut = 'rst' | 'fin' | 'half';

/** A TCP proxy on 127.0.0.1 whose network fails on request. */
export interface FaultProxy {
  readonly port: number;
  /** Connections that are open now, and bytes forwarded so far. */
  readonly connections: number;
  readonly forwarded: Readonly<Record<Direction, number>>;
  /** Ends every open connection; new ones are still accepted. */
  cut(how: Cut): void;
  /** Resets every connection as soon as `bytes` more have gone that way: in the midst of a frame. */
  cutAfter(direction: Direction, bytes: number): void;
  /** Holds everything back that goes that way, like a network that swallows packets. */
  pause(direction: Direction | 'both'): void;
  resume(): void;
  /** Delivers everything later by so many milliseconds, and up to `jitterMs` more, in order. */
  delay(ms: number, jitterMs?: number): void;
  /** Forwards in pieces of so many bytes, each in a packet of its own; 0 for no splitting. */
  fragment(bytes: number): void;
  /** Flips one bit of the byte that comes `offset` bytes from now on. */
  flip(direction: Direction, offset: number): void;
  /** Whether new connections are reset at once. */
  refuse(yes: boolean): void;
  close(): Promise<void>;
}

export interface FaultProxyOptions {
  readonly targetPort: number;
  /** Default 127.0.0.1. */
  readonly targetHost?: string;
}

/** Starts a proxy on a free port and resolves when it listens. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new Proxy(options);
  await proxy.listen();
  return proxy;
}

/** What is asked of all connections at the moment. */
interface Faults {
  delayMs: number;
  jitterMs: number;
  fragment: number;
  readonly paused: Record<Direction, boolean>;
  readonly flip: Partial<Record<Direction, number>>;
  readonly cutAfter: Partial<Record<Direction, number>>;
  readonly forwarded: Record<Direction, number>;
}

class Proxy implements FaultProxy {
  readonly #faults: Faults = {
    delayMs: 0,
    jitterMs: 0,
    fragment: 0,
    paused: { up: false, down: false },
    flip: {},
    cutAfter: {},
    forwarded: { up: 0, down: 0 },
  };
  readonly #links = new Set<Link>();
  readonly #server: Server;
  #refuse = false;

  constructor(options: FaultProxyOptions) {
    const { targetPort, targetHost = '127.0.0.1' } = options;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      if (this.#refuse) {
        client.resetAndDestroy();
        return;
      }
      const target = { port: targetPort, host: targetHost, allowHalfOpen: true, noDelay: true };
      const link = new Link(client, connect(target), this.#faults, () => this.cut('rst'));
      this.#links.add(link);
      link.onGone = () => this.#links.delete(link);
    });
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.#links.size;
  }

  get forwarded(): Readonly<Record<Direction, number>> {
    return { ...this.#faults.forwarded };
  }

  cut(how: Cut): void {
    for (const link of this.#links) link.cut(how);
  }

  cutAfter(direction: Direction, bytes: number): void {
    this.#faults.cutAfter[direction] = bytes;
  }

  pause(direction: Direction | 'both'): void {
    for (const one of ['up', 'down'] as const) {
      if (direction === one || direction === 'both') this.#faults.paused[one] = true;
    }
  }

  resume(): void {
    this.#faults.paused.up = false;
    this.#faults.paused.down = false;
    for (const link of this.#links) link.wake();
  }

  delay(ms: number, jitterMs = 0): void {
    this.#faults.delayMs = ms;
    this.#faults.jitterMs = jitterMs;
  }

  fragment(bytes: number): void {
    this.#faults.fragment = bytes;
  }

  flip(direction: Direction, offset: number): void {
    this.#faults.flip[direction] = offset;
  }

  refuse(yes: boolean): void {
    this.#refuse = yes;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cut('rst');
    await closed;
  }
}

/** One client connection and its connection to the target. */
class Link {
  onGone: () => void = () => undefined;
  readonly #client: Socket;
  readonly #target: Socket;
  readonly #flows: readonly Flow[];

  constructor(client: Socket, target: Socket, faults: Faults, cutAll: () => void) {
    this.#client = client;
    this.#target = target;
    this.#flows = [
      new Flow(client, target, 'up', faults, cutAll),
      new Flow(target, client, 'down', faults, cutAll),
    ];
    const end = (): void => {
      client.destroy();
      target.destroy();
      this.wake();
      this.onGone();
    };
    for (const socket of [client, target]) {
      // A connection that breaks on one side breaks on the other; tests look at the client's.
      socket.on('error', end);
      socket.on('close', () => {
        if (client.destroyed && target.destroyed) end();
      });
    }
  }

  cut(how: Cut): void {
    if (how === 'rst') {
      this.#client.resetAndDestroy();
      this.#target.resetAndDestroy();
    } else if (how === 'fin') {
      this.#client.end();
      this.#target.end();
    } else {
      this.#target.destroy();
    }
  }

  wake(): void {
    for (const flow of this.#flows) flow.wake();
  }
}

/** One direction of a link: a queue, so that neither delay nor pause ever reorders bytes. */
class Flow {
  readonly #to: Socket;
  readonly #direction: Direction;
  readonly #faults: Faults;
  readonly #cutAll: () => void;
  #wake: () => void = () => undefined;

  constructor(from: Socket, to: Socket, direction: Direction, faults: Faults, cutAll: () => void) {
    this.#to = to;
    this.#direction = direction;
    this.#faults = faults;
    this.#cutAll = cutAll;
    const queue: { bytes: Buffer | undefined; due: number }[] = [];
    let due = 0;
    let pumping = false;
    const pump = async (): Promise<void> => {
      if (pumping) return;
      pumping = true;
      for (let next = queue[0]; next !== undefined && !to.destroyed; next = queue[0]) {
        await this.#until(next.due);
        queue.shift();
        if (next.bytes === undefined) to.end();
        else await this.#forward(next.bytes);
        if (queue.length < 64) from.resume();
      }
      pumping = false;
    };
    const push = (bytes: Buffer | undefined): void => {
      const wait = faults.delayMs + Math.random() * faults.jitterMs;
      due = Math.max(due, performance.now() + wait);
      queue.push({ bytes, due });
      if (queue.length > 256) from.pause();
      void pump();
    };
    from.on('data', push);
    from.on('end', () => push(undefined));
  }

  wake(): void {
    this.#wake();
  }

  /** Waits for the time of delivery and for the end of a pause. */
  async #until(due: number): Promise<void> {
    const wait = due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    while (this.#faults.paused[this.#direction] && !this.#to.destroyed) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async #forward(bytes: Buffer): Promise<void> {
    const faults = this.#faults;
    const direction = this.#direction;
    const flip = faults.flip[direction];
    if (flip !== undefined && flip < bytes.length) {
      bytes.writeUInt8(bytes.readUInt8(flip) ^ 1, flip);
      delete faults.flip[direction];
    } else if (flip !== undefined) {
      faults.flip[direction] = flip - bytes.length;
    }
    const left = faults.cutAfter[direction];
    const whole = left === undefined || bytes.length < left ? bytes : bytes.subarray(0, left);
    if (left !== undefined) faults.cutAfter[direction] = left - whole.length;
    faults.forwarded[direction] += whole.length;
    const step = faults.fragment === 0 ? whole.length : faults.fragment;
    for (let at = 0; at < whole.length; at += step) {
      await this.#write(whole.subarray(at, at + step));
      if (step < whole.length) await nextTurn();
    }
    if (left !== undefined && whole.length === left) {
      delete faults.cutAfter[direction];
      this.#cutAll();
    }
  }

  /** Resolves when the kernel has taken the bytes, or the connection is gone. */
  #write(bytes: Buffer): Promise<void> {
    return new Promise((resolve) => {
      if (this.#to.destroyed) resolve();
      else this.#to.write(bytes, () => resolve());
    });
  }
}

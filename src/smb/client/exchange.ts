import type { SmbError } from '../smb-error.ts';
import type { Claim, Lane } from './credit-window.ts';
import type { Outcome, OutgoingRequest, RequestOptions, SmbMessage } from './request.ts';

/** One request of an exchange, from the moment it has a message id. */
export interface Element {
  readonly exchange: Exchange;
  readonly index: number;
  readonly command: number;
  readonly charge: number;
  readonly messageId: number;
  /** From the interim answer; 0 while there was none. */
  asyncId: bigint;
  /** The signature we sent, when we signed: some servers echo it in early errors. */
  signature: Buffer | undefined;
}

/**
 * One request, or one compound, between two moments: handed in, and answered or given up. After
 * giving up it stays as a tombstone until the server has answered, because the answer still
 * carries credits and may have to be undone.
 */
export class Exchange implements Claim {
  readonly lane: Lane;
  readonly charge: number;
  readonly options: RequestOptions;
  readonly count: number;
  readonly queuedAt: number;
  /** The requests, until they are sent. */
  requests: readonly OutgoingRequest[];
  /** Who wants to know that the server works on it, by index of the request. */
  #onInterim: (OutgoingRequest['onInterim'] | undefined)[];
  elements: Element[] = [];
  sentAt = -1;
  settled = false;
  #removeAbortListener: (() => void) | undefined;
  /** Made with the first answer: thousands of exchanges wait for theirs for hours. */
  #answers: SmbMessage[] | undefined;
  #missing: number;
  #outcome: Outcome;
  #transmit: (exchange: Exchange, messageId: number) => void;

  constructor(init: {
    requests: readonly OutgoingRequest[];
    options: RequestOptions;
    charge: number;
    queuedAt: number;
    outcome: Outcome;
    transmit: (exchange: Exchange, messageId: number) => void;
  }) {
    this.requests = init.requests;
    this.#onInterim = init.requests.map(({ onInterim }) => onInterim);
    this.options = init.options;
    this.lane = init.options.lane ?? 'metadata';
    this.charge = init.charge;
    this.count = init.requests.length;
    this.queuedAt = init.queuedAt;
    this.#missing = init.requests.length;
    this.#outcome = init.outcome;
    this.#transmit = init.transmit;
  }

  send(messageId: number): void {
    this.#transmit(this, messageId);
  }

  /** Calls back when the signal fires before the caller has been told. */
  abortBy(signal: AbortSignal | undefined, onAbort: () => void): void {
    if (signal === undefined) return;
    signal.addEventListener('abort', onAbort, { once: true });
    this.#removeAbortListener = () => signal.removeEventListener('abort', onAbort);
  }

  /** Takes the final answer of one element; true when it was the last one missing. */
  answer(index: number, message: SmbMessage): boolean {
    this.#answers ??= [];
    if (this.#answers[index] === undefined) this.#missing -= 1;
    this.#answers[index] = message;
    return this.#missing === 0;
  }

  /** The server works on it. Told once to who wants to know, then forgotten. */
  interim(index: number): void {
    const told = this.#onInterim[index];
    this.#onInterim[index] = undefined;
    told?.();
  }

  /** The last answer of what was given up has come. */
  answeredLate(): void {
    this.options.onLate?.(this.#answers ?? []);
  }

  hasAnswer(index: number): boolean {
    return this.#answers?.[index] !== undefined;
  }

  /** Tells the caller, once. */
  settle(error?: SmbError): void {
    if (this.settled) return;
    this.settled = true;
    this.#removeAbortListener?.();
    this.#removeAbortListener = undefined;
    this.#outcome(error, error === undefined ? (this.#answers ?? []) : []);
  }
}

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

type Hooks = Pick<OutgoingRequest, 'onInterim' | 'onLate'>;

/** Without the body, which may be large and is not needed once it is sent. */
function hooksOf({ onInterim, onLate }: OutgoingRequest): Hooks | undefined {
  if (onInterim === undefined && onLate === undefined) return undefined;
  return { ...(onInterim && { onInterim }), ...(onLate && { onLate }) };
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
  /** What is still needed of them afterwards. */
  readonly hooks: (Hooks | undefined)[];
  elements: Element[] = [];
  sentAt = -1;
  settled = false;
  removeAbortListener: (() => void) | undefined;
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
    this.hooks = init.requests.map(hooksOf);
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

  /** Takes the final answer of one element; true when it was the last one missing. */
  answer(index: number, message: SmbMessage): boolean {
    this.#answers ??= [];
    if (this.#answers[index] === undefined) this.#missing -= 1;
    this.#answers[index] = message;
    return this.#missing === 0;
  }

  /** The server works on it. Told once to who wants to know, then forgotten. */
  interim(index: number): void {
    const hook = this.hooks[index];
    if (hook?.onInterim === undefined) return;
    this.hooks[index] = hook.onLate && { onLate: hook.onLate };
    hook.onInterim();
  }

  hasAnswer(index: number): boolean {
    return this.#answers?.[index] !== undefined;
  }

  /** Tells the caller, once. */
  settle(error?: SmbError): void {
    if (this.settled) return;
    this.settled = true;
    this.removeAbortListener?.();
    this.removeAbortListener = undefined;
    this.#outcome(error, error === undefined ? (this.#answers ?? []) : []);
  }
}

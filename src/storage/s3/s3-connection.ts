import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import type * as Sdk from '@aws-sdk/client-s3';
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { S3Target } from '../target.ts';
import { Gate } from './gate.ts';
import { guardedAgents, SYSTEM_NETWORK } from './guarded-agents.ts';
import type { S3Network } from './guarded-agents.ts';
import { checkBucket, endpointOf } from './s3-endpoint.ts';
import { abortedError, s3Error } from './s3-error.ts';
import { s3Limits, SYSTEM_TIMERS } from './s3-limits.ts';
import type { S3Limits, S3Timers } from './s3-limits.ts';

export type S3Sdk = typeof Sdk;

export interface S3ConnectionOptions {
  readonly target: S3Target;
  readonly limits?: Partial<S3Limits> | undefined;
  readonly timers?: S3Timers | undefined;
  readonly random?: (() => number) | undefined;
  readonly network?: S3Network | undefined;
}

/**
 * What a request is: a short one (`short`), one whose answer is read piece by piece (`read`), or one that
 * carries content (`write`).
 */
export type Lane = 'short' | 'read' | 'write';

export interface CallFacts {
  /** For messages: what is tried, such as `listing the bucket photos`. */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
  readonly lane?: Lane;
  /** False where a second try could do harm, because the first may have worked unseen. */
  readonly mayRepeat?: boolean;
}

/** Makes one request; the signal ends it. */
export type Request<T> = (client: S3Client, sdk: S3Sdk, signal: AbortSignal) => Promise<T>;

interface Loaded {
  readonly sdk: S3Sdk;
  readonly clients: Readonly<Record<'read' | 'write', S3Client>>;
}

async function loadSdk(): Promise<S3Sdk> {
  try {
    return await import('@aws-sdk/client-s3');
  } catch (cause) {
    throw new TidewatchError('internal_error', 'The client of S3 cannot be loaded', { cause });
  }
}

const nothing = (): void => undefined;
const SILENT = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

/** What may be different at the next try. A server that says nothing in time is not asked again. */
const PASSING: ReadonlySet<string> = new Set(['disconnected', 'unavailable', 'unreachable']);

/**
 * The way to one bucket: requests with a bound on their number, their time and their repetition. The SDK
 * is loaded with the first of them, since that takes long. Sockets are kept between requests until
 * `close`.
 */
export class S3Connection {
  readonly target: S3Target;
  readonly limits: S3Limits;
  readonly timers: S3Timers;
  readonly #random: () => number;
  readonly #endpoint: string | undefined;
  readonly #gates: Readonly<Record<'short' | 'bulk', Gate>>;
  readonly #agents: readonly [HttpAgent, HttpsAgent];
  readonly #closed = new AbortController();
  #loaded: Promise<Loaded> | undefined;

  /** Throws `invalid_argument` for a target that cannot be. */
  constructor(options: S3ConnectionOptions) {
    const { target, network = SYSTEM_NETWORK } = options;
    checkBucket(target.bucket);
    this.#endpoint = endpointOf(target);
    this.target = target;
    this.limits = s3Limits(options.limits);
    this.timers = options.timers ?? SYSTEM_TIMERS;
    this.#random = options.random ?? Math.random;
    const { shortRequests, bulkRequests } = this.limits;
    this.#gates = { short: new Gate(shortRequests), bulk: new Gate(bulkRequests) };
    const maxSockets = shortRequests + bulkRequests;
    this.#agents = guardedAgents({ keepAlive: true, maxSockets }, network, target.addresses);
  }

  get bucket(): string {
    return this.target.bucket;
  }

  /** Requests under way, bodies that are being read included. */
  get requests(): number {
    return this.#gates.short.inside + this.#gates.bulk.inside;
  }

  /** Sockets that are open, idle ones included. */
  get sockets(): number {
    const counts = this.#agents.flatMap(({ sockets, freeSockets }) =>
      [...Object.values(sockets), ...Object.values(freeSockets)].map((list) => list?.length ?? 0),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** The answer of a short request, or of one that is written. Throws TidewatchErrors. */
  async call<T>(facts: CallFacts, request: Request<T>): Promise<T> {
    return this.repeat(facts, async () => {
      const signal = this.signalOf(facts.signal);
      const leave = await this.enter(facts, signal);
      try {
        return await this.once(facts, request);
      } finally {
        leave();
      }
    });
  }

  /** Tries until it works, fails for good, or has failed too often. */
  async repeat<T>(facts: CallFacts, work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (facts.mayRepeat === false || !this.mayRetry(error, attempt)) throw error;
        await this.pause(attempt, facts.signal);
      }
    }
  }

  mayRetry(error: unknown, attempt: number): boolean {
    const isPassing = error instanceof TidewatchError && PASSING.has(error.code);
    return isPassing && attempt < this.limits.attempts && !this.#closed.signal.aborted;
  }

  /** Waits before the next try: a random time ("full jitter"). Throws `aborted`. */
  async pause(attempt: number, caller: AbortSignal | undefined): Promise<void> {
    const { retryBaseMs, retryCapMs } = this.limits;
    const delay = this.#random() * Math.min(retryCapMs, retryBaseMs * 2 ** attempt);
    const signal = this.signalOf(caller);
    await new Promise<void>((resolve, reject) => {
      const end = (): void => {
        this.timers.clearTimeout(timer);
        reject(this.endOf(signal, caller));
      };
      const timer = this.timers.setTimeout(() => {
        signal.removeEventListener('abort', end);
        resolve();
      }, delay);
      if (signal.aborted) end();
      else signal.addEventListener('abort', end, { once: true });
    });
  }

  /** Waits for room among the requests; gives how to leave it. */
  async enter(facts: CallFacts, signal: AbortSignal): Promise<() => void> {
    const gate = facts.lane === undefined || facts.lane === 'short' ? 'short' : 'bulk';
    try {
      return await this.#gates[gate].enter(signal);
    } catch {
      throw this.endOf(signal, facts.signal);
    }
  }

  /**
   * One try. Whatever the SDK makes of the signal, its end is the end: a server that says nothing holds
   * nobody up for longer than the time-out.
   */
  async once<T>(facts: CallFacts, request: Request<T>): Promise<T> {
    const { what, lane = 'short' } = facts;
    const { limits } = this;
    const outer = this.signalOf(facts.signal);
    if (outer.aborted) throw this.endOf(outer, facts.signal);
    const { sdk, clients } = await this.#load();
    const own = new AbortController();
    const signal = AbortSignal.any([outer, own.signal]);
    const ms = lane === 'write' ? limits.partMs : limits.connectMs + limits.idleMs;
    let onAbort = (): void => undefined;
    const ended = new Promise<never>((_, reject) => {
      onAbort = () => {
        if (outer.aborted) reject(this.endOf(outer, facts.signal));
        else reject(new TidewatchError('timeout', `${what}: no answer within ${ms} ms`));
      };
      signal.addEventListener('abort', onAbort, { once: true });
    });
    ended.catch(() => undefined);
    const timer = this.timers.setTimeout(() => own.abort(), ms);
    try {
      if (signal.aborted) onAbort();
      const client = clients[lane === 'write' ? 'write' : 'read'];
      const answer = request(client, sdk, signal);
      // It may fail long after nobody waits for it any more.
      answer.catch(() => undefined);
      return await Promise.race([answer, ended]);
    } catch (error) {
      if (outer.aborted) throw this.endOf(outer, facts.signal);
      throw this.explained(error, what);
    } finally {
      this.timers.clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Of the caller, if there is one, and of `close`. */
  signalOf(caller: AbortSignal | undefined): AbortSignal {
    const closed = this.#closed.signal;
    return caller === undefined ? closed : AbortSignal.any([caller, closed]);
  }

  /** Why a signal of `signalOf` was aborted. */
  endOf(signal: AbortSignal, caller: AbortSignal | undefined): TidewatchError {
    if (caller?.aborted === true) return abortedError(caller);
    if (this.#closed.signal.aborted) {
      return new TidewatchError('closed', 'The connection to the bucket was closed');
    }
    return abortedError(signal);
  }

  /** Ends every request and closes every socket. May be called again. */
  close(): void {
    this.#closed.abort();
    for (const agent of this.#agents) agent.destroy();
    this.#loaded?.then(
      ({ clients }) => {
        for (const client of Object.values(clients)) client.destroy();
      },
      // Told to whoever asked for it.
      () => undefined,
    );
  }

  /** As one of ours; where nobody has logged on that is the first thing to mend. */
  explained(error: unknown, what: string): TidewatchError {
    const known = s3Error(error, what);
    if (known.code !== 'access_denied' || this.target.accessKey !== undefined) return known;
    return new TidewatchError('access_denied', `${known.message}; no access key was given`);
  }

  #load(): Promise<Loaded> {
    this.#loaded ??= loadSdk().then((sdk) => ({
      sdk,
      clients: {
        // Who reads may take their time, so that silence is measured where something is waited for.
        read: new sdk.S3Client(this.#config(0)),
        write: new sdk.S3Client(this.#config(this.limits.idleMs)),
      },
    }));
    return this.#loaded;
  }

  #config(socketTimeout: number): S3ClientConfig {
    const { region, pathStyle = false, accessKey, secretKey, sessionToken } = this.target;
    const [httpAgent, httpsAgent] = this.#agents;
    const isAnonymous = accessKey === undefined;
    return {
      region: region ?? 'us-east-1',
      ...(this.#endpoint !== undefined && { endpoint: this.#endpoint }),
      // The target says it all: neither variables nor files of AWS lead what users save elsewhere.
      ignoreConfiguredEndpointUrls: true,
      useDualstackEndpoint: false,
      useFipsEndpoint: false,
      forcePathStyle: pathStyle,
      credentials: {
        accessKeyId: accessKey ?? '',
        secretAccessKey: secretKey ?? '',
        ...(sessionToken !== undefined && { sessionToken }),
      },
      ...(isAnonymous && { signer: { sign: (request) => Promise.resolve(request) } }),
      // Repeated here, where the signal of the caller ends the pauses as well.
      maxAttempts: 1,
      // Many services besides AWS know no checksums in trailers.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      expectContinueHeader: false,
      // Otherwise it writes advice for its developers on the console.
      logger: SILENT,
      requestHandler: {
        httpAgent,
        httpsAgent,
        logger: SILENT,
        connectionTimeout: this.limits.connectMs,
        socketTimeout,
      },
    };
  }
}

import { DEFAULTS } from '../../src/defaults.ts';
import { Counters } from '../../src/actors/counters.ts';
import { limitsFrom } from '../../src/actors/limits.ts';
import type { Limits } from '../../src/actors/limits.ts';
import type { Logger } from '../../src/actors/logger.ts';
import { ActorRegistry } from '../../src/actors/registry.ts';
import type { Services } from '../../src/actors/services.ts';
import { TimerWheel } from '../../src/actors/timer-wheel.ts';
import { TidewatchError } from '../../src/errors/tidewatch-error.ts';
import { DEFAULT_RETRY } from '../../src/machines/retry-policy.ts';
import type { RetryPolicy } from '../../src/machines/retry-policy.ts';
import type { SmbNetwork } from '../../src/storage/smb/smb-link.ts';
import { ManualClock } from './manual-clock.ts';

/** One line that an actor wrote. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly event: string;
  readonly message: string;
}

export interface ServicesOptions {
  readonly limits?: Partial<Limits>;
  readonly retry?: Partial<RetryPolicy>;
  /** Default: always 0.5. */
  readonly random?: () => number;
  readonly network?: SmbNetwork;
}

/** What actors share, in a world where time passes only when a test says so. */
export class ActorServices implements Services {
  readonly clock = new ManualClock();
  readonly random: () => number;
  /** What tasks of the timer wheel threw. */
  readonly timerErrors: unknown[] = [];
  readonly wheel = new TimerWheel(this.clock, undefined, {
    onError: (error) => void this.timerErrors.push(error),
  });
  readonly registry = new ActorRegistry(this.clock);
  readonly log: LogLine[] = [];
  readonly logger: Logger = {
    debug: (fields, message) => this.#note('debug', fields, message),
    info: (fields, message) => this.#note('info', fields, message),
    warn: (fields, message) => this.#note('warn', fields, message),
    error: (fields, message) => this.#note('error', fields, message),
  };
  readonly logsChanges = true;
  readonly network: SmbNetwork;
  readonly limits: Limits;
  readonly retry: RetryPolicy;
  readonly counters = new Counters();
  #epochs = 0;

  constructor({ limits, retry, random = () => 0.5, network = NO_NETWORK }: ServicesOptions = {}) {
    // Unless a test is about it, what is armed is trusted as long as anything else.
    const { verifyIntervalMs: earlyVerifyMs } = DEFAULTS;
    this.limits = limitsFrom({ earlyVerifyMs, ...limits });
    this.retry = { ...DEFAULT_RETRY, ...retry };
    this.random = random;
    this.network = { clock: this.clock, ...network };
  }

  readonly newEpoch = (): string => {
    this.#epochs += 1;
    return `epoch ${this.#epochs}`;
  };

  /** Time passes from timer to timer, and all that follows from each is done in between. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.now() + ms;
    await settle();
    while (this.clock.nextAt <= end) {
      this.clock.advance(Math.max(0, this.clock.nextAt - this.clock.now()));
      await settle();
    }
    this.clock.advance(end - this.clock.now());
    await settle();
  }

  #note(level: LogLine['level'], fields: object, message: string): void {
    const { event = '' } = fields as { event?: string };
    this.log.push({ level, event, message });
  }
}

/** Everything that needs no time is done. */
export async function settle(): Promise<void> {
  // What promises have to do is done before the event loop turns.
  for (let turn = 0; turn < 2; turn += 1) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}

const NO_NETWORK: SmbNetwork = {
  resolve: () => Promise.reject(new TidewatchError('unreachable', 'There is no network')),
  dial: () => Promise.reject(new TidewatchError('unreachable', 'There is no network')),
};

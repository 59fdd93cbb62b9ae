import { DEFAULTS } from '../../defaults.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { BoundedWork } from '../passwords/bounded-work.ts';
import type { Clock } from '../world.ts';
import { addressKey } from './address-key.ts';
import { FailureCounts } from './failure-counts.ts';

/**
 * Delays for those who guess passwords, which grow with each failure, for the account and for the
 * address that asks.
 *
 * Nobody is locked out for ever:
 * - No delay is longer than five minutes, and none survives an hour without a failure.
 * - Who keeps failing on purpose can hold an account in its delay. An address that logged in well to
 *   this account before has a count of its own there, so its owner still comes in: strangers cannot
 *   reach that count without the address, and one address is not stopped by the failures of others.
 * - What counts is in memory: a restart clears it, and whoever has the machine sets a new password
 *   through the socket of the data folder, which asks for no login. `TIDEWATCH_TOKEN` is no login.
 *
 * A login that succeeds clears the count of the account, but not that of the address: with an account
 * of their own, people could otherwise guess those of others without any delay.
 */
export class LoginLimits {
  readonly #clock: Clock;
  readonly #accounts = new FailureCounts(DEFAULTS.loginAccountFailures);
  readonly #addresses = new FailureCounts(DEFAULTS.loginAddressFailures);
  /** Account and address that belong together, and until when. */
  readonly #good = new Map<string, number>();
  /** Tries of one account, one after another: many at once would all come before the first delay. */
  readonly #turns = new Map<string, BoundedWork>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many names are remembered in all; bounded. */
  get size(): number {
    return this.#accounts.size + this.#addresses.size + this.#good.size + this.#turns.size;
  }

  /**
   * Runs one try and counts what became of it. What it throws counts for neither side.
   *
   * @param account folded name, whether such an account exists or not: who asks learns nothing of it.
   * @param work resolves with undefined when the try failed.
   * @throws TidewatchError `too_many_attempts`, with the time to wait.
   */
  async attempt<T>(
    account: string,
    from: string,
    work: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const address = addressKey(from);
    const pair = `${account}\0${address}`;
    const known = (this.#good.get(pair) ?? 0) > this.#clock.now();
    const counted = known ? pair : account;
    this.#refuse(counted, address);
    return this.#inTurn(counted, async () => {
      // Others may have failed while this one waited.
      this.#refuse(counted, address);
      const result = await work();
      const now = this.#clock.now();
      if (result === undefined) {
        this.#accounts.failed(counted, now);
        this.#addresses.failed(address, now);
      } else {
        this.#accounts.clear(counted);
        this.#remember(pair, now);
      }
      return result;
    });
  }

  /** Forgets the failures of an account: somebody who may set its password did. */
  forgive(account: string): void {
    this.#accounts.clear(account);
  }

  #refuse(counted: string, address: string): void {
    const now = this.#clock.now();
    const retryAfterMs = Math.ceil(
      Math.max(this.#accounts.delay(counted, now), this.#addresses.delay(address, now)),
    );
    if (retryAfterMs > 0) throw tooMany(retryAfterMs);
  }

  async #inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    let turns = this.#turns.get(name);
    if (turns === undefined) {
      const limit = { running: 1, waiting: DEFAULTS.loginWaiting };
      turns = new BoundedWork(limit, () => tooMany(DEFAULTS.loginBusyMs));
      this.#turns.set(name, turns);
    }
    try {
      return await turns.run(work);
    } finally {
      if (turns.idle && this.#turns.get(name) === turns) this.#turns.delete(name);
    }
  }

  #remember(pair: string, now: number): void {
    this.#good.delete(pair);
    this.#good.set(pair, now + DEFAULTS.loginGoodAddressMs);
    const [oldest] = this.#good.keys();
    if (this.#good.size > DEFAULTS.loginsRemembered && oldest !== undefined) {
      this.#good.delete(oldest);
    }
  }
}

function tooMany(retryAfterMs: number): TidewatchError {
  const seconds = Math.ceil(retryAfterMs / 1_000);
  const message = `too many logins failed; try again in ${seconds} s`;
  return new TidewatchError('too_many_attempts', message, { retryAfterMs });
}

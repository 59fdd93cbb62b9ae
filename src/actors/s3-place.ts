import { openS3Storage } from '../storage/s3/s3-storage.ts';
import type { S3Storage } from '../storage/s3/s3-storage.ts';
import type { S3Target } from '../storage/target.ts';
import type { LinkUser } from './connection-actor.ts';
import type { Place, StorageLease } from './place.ts';
import type { Services } from './services.ts';
import type { TimerTask, WheelTimer } from './timer-wheel.ts';
import { newTurns } from './turns.ts';
import type { Turns } from './turns.ts';

export interface S3PlaceOptions {
  /** Tells no secret. */
  readonly key: string;
  readonly target: S3Target;
  readonly services: Services;
  /** Nobody uses it any more, and its sockets are closed. */
  readonly onIdle: () => void;
}

/**
 * A bucket with the account that uses it. There is no connection that has to be there first: each request
 * makes its own, or takes one that is left of another. When nobody uses it for a while nothing is left.
 */
export class S3Place implements Place, TimerTask {
  readonly kind = 's3';
  readonly key: string;
  readonly display: string;
  readonly turns: Turns;
  readonly #options: S3PlaceOptions;
  readonly #users = new Set<LinkUser>();
  #storage: S3Storage | undefined;
  #linger: WheelTimer | undefined;

  constructor(options: S3PlaceOptions) {
    const { key, services, target } = options;
    this.#options = options;
    this.key = key;
    const at = target.endpoint === undefined ? '' : `?endpoint=${target.endpoint}`;
    this.display = `s3://${target.bucket}${at}`;
    this.turns = newTurns(services.limits);
  }

  /** Sockets that are open now. */
  get sockets(): number {
    return this.#storage?.sockets ?? 0;
  }

  attach(user: LinkUser): void {
    this.#users.add(user);
    this.#options.services.wheel.cancel(this.#linger);
    this.#linger = undefined;
    queueMicrotask(() => {
      if (this.#users.has(user)) user.linkReady();
    });
  }

  detach(user: LinkUser): void {
    if (!this.#users.delete(user) || this.#users.size > 0) return;
    const { wheel, limits } = this.#options.services;
    this.#linger = wheel.set(this, limits.connectionLingerMs);
  }

  async open(): Promise<StorageLease> {
    const { target, services } = this.#options;
    const { clock, random } = services;
    // What is wrong with the target is told on a later tick, as every other failure is.
    await Promise.resolve();
    this.#storage ??= openS3Storage({ target, timers: clock, random });
    return { storage: this.#storage, release: () => Promise.resolve() };
  }

  moveOn(): boolean {
    return false;
  }

  due(): void {
    this.#linger = undefined;
    this.close();
  }

  /** Ends what is under way, needed or not. */
  close(): void {
    this.#options.services.wheel.cancel(this.#linger);
    this.#linger = undefined;
    this.#storage?.close();
    this.#storage = undefined;
    this.#options.onIdle();
  }
}

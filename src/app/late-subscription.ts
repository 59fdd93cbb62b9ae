import type { Subscription } from '../actors/watch-events.ts';

/** A subscription whose directory is still being looked for. */
export class LateSubscription implements Subscription {
  #found: Subscription | undefined;
  #isClosed = false;

  get isClosed(): boolean {
    return this.#isClosed;
  }

  follow(subscription: Subscription): void {
    this.#found = subscription;
  }

  close(options?: { readonly linger?: boolean }): void {
    this.#isClosed = true;
    this.#found?.close(options);
  }

  refresh(): void {
    this.#found?.refresh();
  }
}

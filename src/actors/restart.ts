import type { Failure } from '../machines/failure.ts';
import { retryDelay } from '../machines/retry-policy.ts';
import type { Services } from './services.ts';
import type { WheelTimer } from './timer-wheel.ts';

/** A crashed actor that waits for another to take its place. */
export interface Restart {
  readonly failure: Failure;
  readonly delayMs: number;
  /** Cancelled when nobody needs another one. */
  readonly timer: WheelTimer;
}

/**
 * An actor threw, which only a mistake of ours can make it do. It takes no events any more: after a
 * while, longer each time, another takes its place.
 */
export function restartLater(
  services: Services,
  crash: { readonly actor: string; readonly error: unknown; readonly count: number },
  restart: () => void,
): Restart {
  const { actor, error, count } = crash;
  const message = `The actor ${actor} crashed: ${String(error)}`;
  services.logger.error({ event: 'actor.crashed', actor, err: error }, message);
  const delayMs = retryDelay(services.retry, count, services.random);
  const timer = services.wheel.set({ due: restart }, delayMs);
  return { failure: { code: 'internal_error', message }, delayMs, timer };
}

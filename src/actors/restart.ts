import type { Failure } from '../machines/failure.ts';
import { retryDelay } from '../machines/retry-policy.ts';
import type { Services } from './services.ts';

/**
 * An actor threw, which only a mistake of ours can make it do. It takes no events any more: after a
 * while, longer each time, another takes its place.
 */
export function restartLater(
  services: Services,
  crash: { readonly actor: string; readonly error: unknown; readonly count: number },
  restart: () => void,
): Failure {
  const { actor, error, count } = crash;
  const message = `The actor ${actor} crashed: ${String(error)}`;
  services.logger.error({ event: 'actor.crashed', actor, err: error }, message);
  services.wheel.set({ due: restart }, retryDelay(services.retry, count, services.random));
  return { code: 'internal_error', message };
}

import type { Failure } from '../machines/failure.ts';
import type { WatchState } from '../machines/watch-state.ts';
import type { StateEvent } from './watch-events.ts';

/** What is known of a state. */
export interface StateFacts {
  readonly state: WatchState;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly attempt: number;
  readonly failure: Failure | undefined;
  /** As of the clock that `now` is of. */
  readonly nextTryAt: number | undefined;
  readonly now: number;
}

/** A state as readers are told; what went wrong before is of no account when all is well. */
export function stateEvent(facts: StateFacts): StateEvent {
  const { state, since, attempt, failure, nextTryAt, now } = facts;
  const base = { type: 'state', state, since: new Date(since).toISOString() } as const;
  if (state === 'live' || state === 'connecting') return base;
  return {
    ...base,
    ...(attempt > 0 && { attempt }),
    ...(nextTryAt !== undefined && { retry_in_ms: Math.max(0, Math.round(nextTryAt - now)) }),
    ...(failure !== undefined && { code: failure.code, message: failure.message }),
  };
}

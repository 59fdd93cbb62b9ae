/** Where failures and moves lead a watched directory; guards and actions are those of its chart. */

const WHEN_GONE = [
  { guard: 'isGoneForGood', target: '#watched-directory.failed', actions: 'countFailure' },
  {
    guard: 'isGoneAgain',
    target: '#watched-directory.deleted.resting',
    actions: ['noteFailure', 'noteRecreated'],
  },
  {
    guard: 'isGone',
    target: '#watched-directory.deleted',
    actions: ['noteFailure', 'noteRecreated'],
  },
] as const;

const WHEN_UNNOTIFIABLE = {
  guard: 'isUnnotifiable',
  target: '#watched-directory.polling',
  actions: ['noteFailure', 'noteReopened'],
} as const;

const OTHERWISE = [
  { guard: 'isExhausted', target: '#watched-directory.failed', actions: 'countFailure' },
  { guard: 'isDenied', target: '#watched-directory.denied', actions: 'countFailure' },
  { guard: 'isLasting', target: '#watched-directory.unsupported', actions: 'countFailure' },
  { target: '#watched-directory.backing-off', actions: ['countFailure', 'noteReopened'] },
] as const;

/**
 * Where a failure leads, whatever state it comes in; the handle, if there is one, is closed there. What
 * is gone is waited for and what cannot be watched is polled, so that neither uses an attempt up.
 */
export const AFTER_FAILURE = [...WHEN_GONE, WHEN_UNNOTIFIABLE, ...OTHERWISE] as const;

/** A server without room even for a listing is left alone for a while. */
export const AFTER_FAILED_POLL = [...WHEN_GONE, ...OTHERWISE] as const;

/** Another connection may have room for it. */
export const AFTER_MOVE = {
  target: '#watched-directory.connecting',
  actions: 'noteReopened',
} as const;

/** The connection is gone, or was never there: what is open is forgotten with it. */
export const AFTER_TROUBLE = [
  { guard: 'isExhausted', target: '#watched-directory.failed', actions: 'countFailure' },
  { target: '#watched-directory.connecting', actions: ['countFailure', 'noteReconnected'] },
] as const;

export const DUE_RETRY = {
  guard: 'isRetryTimer',
  target: '#watched-directory.connecting',
} as const;
export const DUE_SLOW_RETRY = {
  guard: 'isSlowRetryTimer',
  target: '#watched-directory.connecting',
} as const;

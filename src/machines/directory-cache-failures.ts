/** Where failures lead a directory cache; guards and actions are those of its chart. */

const WHEN_UNNOTIFIABLE = {
  guard: 'isUnnotifiable',
  target: '#directory-cache.polling',
  actions: 'noteFailure',
} as const;

const OTHERWISE = [
  { guard: 'isExhausted', target: '#directory-cache.failed', actions: 'countFailure' },
  { guard: 'isLasting', target: '#directory-cache.stale', actions: 'countFailure' },
  { target: '#directory-cache.backing-off', actions: 'countFailure' },
] as const;

/** Where a failure leads, whatever state it comes in; handles, if there are any, are closed there. */
export const AFTER_CACHE_FAILURE = [WHEN_UNNOTIFIABLE, ...OTHERWISE] as const;

/** A server without room even for a listing is left alone for a while. */
export const AFTER_FAILED_CACHE_POLL = OTHERWISE;

/** The connection is gone: what is open is forgotten with it, what is known is kept. */
export const AFTER_CACHE_TROUBLE = [
  { guard: 'isExhausted', target: '#directory-cache.failed', actions: 'countFailure' },
  { target: '#directory-cache.connecting', actions: 'countFailure' },
] as const;

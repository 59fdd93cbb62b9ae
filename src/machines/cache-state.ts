/** The words for how a directory cache is, as users see them: section 5 of the contract. */
export type CacheState = 'loading' | 'scanning' | 'ready' | 'resyncing' | 'stale' | 'failed';

/**
 * What a directory cache holds:
 *
 * - `nothing`: no listing has succeeded yet
 * - `part`: a first scan is under way, or broke off
 * - `snapshot`: what was on disk; nobody has compared it with the server since
 * - `all`: everything was listed once
 */
export type CacheKnowledge = 'nothing' | 'part' | 'snapshot' | 'all';

type Words = Readonly<Record<CacheKnowledge, CacheState>>;

/** `loading` and `failed` answer nothing, so neither is said once there is something to answer with. */
const ON_ITS_WAY: Words = { nothing: 'loading', part: 'stale', snapshot: 'stale', all: 'stale' };
const SCANNING: Words = {
  nothing: 'scanning',
  part: 'scanning',
  snapshot: 'stale',
  all: 'resyncing',
};
const READY: Words = { nothing: 'ready', part: 'ready', snapshot: 'ready', all: 'ready' };
const IMPEDED: Words = { nothing: 'failed', part: 'stale', snapshot: 'stale', all: 'stale' };
const FAILED: Words = { nothing: 'failed', part: 'failed', snapshot: 'failed', all: 'failed' };

/**
 * The word of the contract for each state of a directory cache, by what it holds. A test holds the table
 * against the machine.
 */
export const CACHE_WORDS: Readonly<Record<string, Words>> = {
  idle: ON_ITS_WAY,
  loading: ON_ITS_WAY,
  'connecting.waiting': ON_ITS_WAY,
  'connecting.impeded': IMPEDED,
  'tree-connecting': ON_ITS_WAY,
  opening: ON_ITS_WAY,
  'watching.arming': ON_ITS_WAY,
  'watching.scanning': SCANNING,
  'watching.ready': READY,
  'watching.checking': READY,
  'overflow-rescan.settling': SCANNING,
  'overflow-rescan.scanning': SCANNING,
  'polling.scanning': { ...SCANNING, all: 'ready' },
  'polling.waiting': READY,
  'backing-off': IMPEDED,
  stale: IMPEDED,
  failed: FAILED,
  'tearing-down.closing': IMPEDED,
  'tearing-down.saving': IMPEDED,
  'tearing-down.releasing': IMPEDED,
  stopped: IMPEDED,
};

/** The word for a state of the chart, such as `watching.ready`, and what the cache holds. */
export function cacheWord(state: string, knowledge: CacheKnowledge): CacheState {
  return CACHE_WORDS[state]?.[knowledge] ?? 'failed';
}

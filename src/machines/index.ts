/** `tidewatch/machines`: the state charts, without I/O, clock or chance, for inspection and reuse. */
export { CACHE_WORDS, cacheWord } from './cache-state.ts';
export type { CacheKnowledge, CacheState } from './cache-state.ts';
export type { CacheEffects, CacheEvent, CacheInput } from './directory-cache-types.ts';
export type { CacheTimer, ScanScope } from './directory-cache-types.ts';
export { directoryCache } from './directory-cache.ts';
export { kindOfFailure } from './failure.ts';
export type { Failure, FailureKind } from './failure.ts';
export type { ResyncReason } from './resync-reason.ts';
export { DEFAULT_RETRY, isExhausted, retryDelay } from './retry-policy.ts';
export type { RetryPolicy } from './retry-policy.ts';
export { smbConnection } from './smb-connection.ts';
export type {
  ConnectionEffects,
  ConnectionEvent,
  ConnectionInput,
  ConnectionTimer,
} from './smb-connection.ts';
export { STATE_WORDS, statePath } from './state-words.ts';
export type { WatchState } from './watch-state.ts';
export { watchedDirectory } from './watched-directory.ts';
export type {
  DirectoryEffects,
  DirectoryEvent,
  DirectoryInput,
  DirectoryTimer,
} from './watched-directory-types.ts';

import { DEFAULTS } from '../defaults.ts';

/** The limits of a runtime that may be chosen; see `defaults.ts` for what each is for. */
export interface Limits {
  readonly connectTimeoutMs: number;
  readonly refusedRetryMs: number;
  readonly deniedRetryMs: number;
  readonly deletedRetryMs: number;
  readonly probeIntervalMs: number;
  readonly probeTimeoutMs: number;
  readonly connectionLingerMs: number;
  readonly renewBeforeMs: number;
  readonly watchConnections: number;
  readonly verifyIntervalMs: number;
  readonly earlyVerifyMs: number;
  readonly verifyGraceMs: number;
  readonly upgradeIntervalMs: number;
  readonly pollMinMs: number;
  readonly pollMaxMs: number;
  readonly coalesceMs: number;
  readonly recursiveCoalesceMs: number;
  readonly listingEntries: number;
  readonly relistEntries: number;
  readonly relistEntriesPerName: number;
  readonly lookupNames: number;
  readonly pendingHints: number;
  readonly replayEvents: number;
  readonly replayBytes: number;
  readonly lingerMs: number;
  readonly patienceMs: number;
  readonly baselineWaitMs: number;
  readonly recursiveSettleMs: number;
  readonly recursiveDirectories: number;
  readonly armConcurrency: number;
  readonly listConcurrency: number;
  readonly verifyConcurrency: number;
  readonly readerEvents: number;
  readonly cacheScanConcurrency: number;
  readonly cacheRescanMs: number;
  readonly cachePollMs: number;
  readonly cacheSettleMs: number;
  readonly cacheSampleMs: number;
  readonly cacheSampleDirectories: number;
  readonly cacheWatchBudget: number;
  readonly cachePlanMs: number;
  readonly cacheDepth: number;
  readonly cacheMoveGraceMs: number;
  readonly cacheRelistMs: number;
  readonly cacheArmGraceMs: number;
  readonly cacheScanTries: number;
  readonly cacheLookupEntries: number;
  readonly cacheLookupNames: number;
  readonly cachePendingNames: number;
  readonly cacheProgressMs: number;
  readonly cacheSaveMs: number;
  readonly cacheLingerMs: number;
  readonly cacheMaxEntries: number;
}

const NAMES = [
  'connectTimeoutMs',
  'refusedRetryMs',
  'deniedRetryMs',
  'deletedRetryMs',
  'probeIntervalMs',
  'probeTimeoutMs',
  'connectionLingerMs',
  'renewBeforeMs',
  'watchConnections',
  'verifyIntervalMs',
  'earlyVerifyMs',
  'verifyGraceMs',
  'upgradeIntervalMs',
  'pollMinMs',
  'pollMaxMs',
  'coalesceMs',
  'recursiveCoalesceMs',
  'listingEntries',
  'relistEntries',
  'relistEntriesPerName',
  'lookupNames',
  'pendingHints',
  'replayEvents',
  'replayBytes',
  'lingerMs',
  'patienceMs',
  'baselineWaitMs',
  'recursiveSettleMs',
  'recursiveDirectories',
  'armConcurrency',
  'listConcurrency',
  'verifyConcurrency',
  'readerEvents',
  'cacheScanConcurrency',
  'cacheRescanMs',
  'cachePollMs',
  'cacheSettleMs',
  'cacheSampleMs',
  'cacheSampleDirectories',
  'cacheWatchBudget',
  'cachePlanMs',
  'cacheDepth',
  'cacheMoveGraceMs',
  'cacheRelistMs',
  'cacheArmGraceMs',
  'cacheScanTries',
  'cacheLookupEntries',
  'cacheLookupNames',
  'cachePendingNames',
  'cacheProgressMs',
  'cacheSaveMs',
  'cacheLingerMs',
  'cacheMaxEntries',
] as const satisfies readonly (keyof Limits)[];

/** The defaults, with what was chosen in their place. */
export function limitsFrom(chosen: Partial<Limits> = {}): Limits {
  const defaults = Object.fromEntries(NAMES.map((name) => [name, DEFAULTS[name]]));
  const given = Object.entries(chosen).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) } as unknown as Limits;
}

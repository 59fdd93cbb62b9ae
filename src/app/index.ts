/** The public face of the runtime: what doors such as HTTP may use. */
export type * from './runtime-face.ts';
export type * from './service-face.ts';
export { CACHE_STATES, CONNECTION_STAGES } from './service-face.ts';
export { createRuntime } from './runtime.ts';
export type { RuntimeOptions } from './runtime.ts';
export type {
  Change,
  ChangeEvent,
  Detail,
  NumberedEvent,
  Recursion,
  ResumePoint,
  ResyncEvent,
  StateEvent,
  SubscribedEvent,
  Subscriber,
  Subscription,
} from '../actors/watch-events.ts';
export { canonicalUuid } from './connection-id.ts';
export { systemClock } from '../actors/clock.ts';
export type { Clock } from '../actors/clock.ts';
export { normalisePath } from '../storage/paths.ts';
export { FILTER_NAMES } from '../storage/storage.ts';
export type { EntryKind, FilterName } from '../storage/storage.ts';
export type { AddressPolicy } from '../storage/address-policy.ts';
export type { LocalTarget, SmbLogon, SmbTarget, Target } from '../storage/target.ts';
export type { Logger } from '../actors/logger.ts';
export type { ResyncReason } from '../machines/resync-reason.ts';
export type { WatchState } from '../machines/watch-state.ts';

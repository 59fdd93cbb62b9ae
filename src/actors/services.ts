import type { RetryPolicy } from '../machines/retry-policy.ts';
import type { SmbNetwork } from '../storage/smb/smb-link.ts';
import type { Clock, Random } from './clock.ts';
import type { Counters } from './counters.ts';
import type { DirectoryFeed } from './directory-feed.ts';
import type { Limits } from './limits.ts';
import type { Logger } from './logger.ts';
import type { ActorRegistry } from './registry.ts';
import type { TimerWheel } from './timer-wheel.ts';

/** What every actor of one runtime shares. */
export interface Services {
  readonly clock: Clock;
  readonly random: Random;
  readonly wheel: TimerWheel;
  readonly registry: ActorRegistry;
  readonly logger: Logger;
  /** Whether each change is logged; asked once, since there are many. */
  readonly logsChanges: boolean;
  readonly network: SmbNetwork;
  readonly limits: Limits;
  /** Of connections; a watch may have one of its own. */
  readonly retry: RetryPolicy;
  readonly counters: Counters;
  /** Hears what live watches see: directory caches. */
  readonly feed?: DirectoryFeed | undefined;
  /** A random id for a numbering. */
  readonly newEpoch: () => string;
}

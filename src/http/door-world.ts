import type { Clock, Logger, Runtime, Services } from '../app/index.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { DirectoryCaches } from './directory-caches.ts';
import type { Metrics } from './metrics.ts';
import type { Tickets } from './tickets.ts';

/** Whether the server can do its work. */
export type Readiness = 'starting' | 'ready' | 'stopping';

/** What the handlers of routes work with. */
export interface DoorWorld {
  readonly runtime: Runtime;
  /** Absent on a server of a host, which has accounts of its own. */
  readonly services: Services | undefined;
  readonly tickets: Tickets;
  readonly metrics: Metrics;
  readonly caches: DirectoryCaches;
  readonly readiness: () => Readiness;
  /** Of the program. */
  readonly version: string;
  /** The OpenAPI document of the routes that there are. */
  readonly document: () => object;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The services, for routes that exist only where there are some. */
export function servicesOf({ services }: DoorWorld): Services {
  if (services === undefined) throw new TidewatchError('not_found', 'there are no accounts here');
  return services;
}

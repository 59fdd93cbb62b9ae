import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, Logger, Runtime, Services } from '../app/index.ts';
import { Access } from './access.ts';
import type { Authenticator } from './authentication.ts';
import { DirectoryCaches } from './directory-caches.ts';
import type { DoorWorld, Readiness } from './door-world.ts';
import { Gateway } from './gateway.ts';
import { newCounters } from './gateway-counters.ts';
import type { GatewayCounters } from './gateway-counters.ts';
import { createHttpApp } from './http-app.ts';
import { DOOR_LIMITS } from './limits.ts';
import type { DoorLimits } from './limits.ts';
import { Metrics } from './metrics.ts';
import { openApiDocument } from './openapi.ts';
import { TrustedProxies } from './proxies.ts';
import { allRoutes } from './routes/all-routes.ts';
import { Tickets } from './tickets.ts';
import type { UpgradeRequest } from './upgrade-request.ts';

export interface DoorOptions {
  readonly runtime: Runtime;
  readonly authenticator: Authenticator;
  /** Accounts, saved connections, settings, audit log; without them their routes are not there. */
  readonly services?: Services | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of the program. */
  readonly version: string;
  readonly readiness: () => Readiness;
  /** Origins such as `https://files.example` whose pages may come in, besides our own. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Where people reach the server, such as `https://files.example`. */
  readonly publicUrl?: string | undefined;
  /** Addresses and networks of proxies whose `X-Forwarded-…` headers count. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** `/metrics` needs no token; default: it does. */
  readonly metricsPublic?: boolean | undefined;
  readonly limits?: Partial<DoorLimits> | undefined;
}

/** The HTTP and WebSocket doors of a runtime, on whatever server calls them. */
export interface Doors {
  readonly counters: Readonly<GatewayCounters>;
  request(request: IncomingMessage, response: ServerResponse): void;
  /** Gives whether the address is one of ours; if not, nothing was done. */
  upgrade(upgrade: UpgradeRequest): boolean;
  /** Closes every WebSocket with 1001 and waits until they are gone, for a bounded time. */
  close(): Promise<void>;
}

/** Throws `invalid_argument` for a trusted proxy that is no address. */
export function createDoors(options: DoorOptions): Doors {
  const { authenticator, clock, logger, runtime, services, version } = options;
  const limits: DoorLimits = { ...DOOR_LIMITS, ...options.limits };
  const proxies = new TrustedProxies(options.trustedProxies ?? []);
  const origins = { allowed: options.allowedOrigins ?? [], publicUrl: options.publicUrl };
  const routes = allRoutes({
    metricsPublic: options.metricsPublic ?? false,
    services: services !== undefined,
  });
  let document: object | undefined;
  const counters = newCounters();
  const access = new Access(services);
  const caches = new DirectoryCaches({ runtime, clock, logger });
  access.join({
    accessChanged: (change) => {
      if (change.kind === 'connection_changed') void caches.changed(change.connectionId);
      if (change.kind === 'connection_removed') void caches.forget(change.connectionId);
    },
  });
  const tickets = new Tickets(clock, limits);
  const metrics = new Metrics(runtime, counters);
  const world: DoorWorld = {
    ...{ runtime, services, tickets, metrics, caches, version, clock, logger },
    readiness: options.readiness,
    document: () => (document ??= openApiDocument(routes, version)),
  };
  const gateway = new Gateway({
    ...{ runtime, authenticator, tickets, limits, clock, counters, logger },
    ...{ access, caches, origins, proxies },
  });
  const app = createHttpApp({
    ...{ routes, world, authenticator, origins, proxies, maxBodyBytes: limits.maxBodyBytes },
  });
  const handle = app.callback();
  return {
    counters,
    // Koa answers failures itself.
    request: (request, response) => void handle(request, response),
    upgrade: (upgrade) => gateway.upgrade(upgrade),
    close: async () => {
      access.close();
      await gateway.close();
      await caches.close();
      await metrics.close();
    },
  };
}

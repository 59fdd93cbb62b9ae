import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, Logger, Runtime } from '../app/index.ts';
import type { Authenticator } from './authentication.ts';
import { Gateway } from './gateway.ts';
import { newCounters } from './gateway-counters.ts';
import type { GatewayCounters } from './gateway-counters.ts';
import { createHttpApp } from './http-app.ts';
import type { Readiness } from './http-app.ts';
import { DOOR_LIMITS } from './limits.ts';
import type { DoorLimits } from './limits.ts';
import { Metrics } from './metrics.ts';
import { Tickets } from './tickets.ts';
import type { UpgradeRequest } from './upgrade-request.ts';

export interface DoorOptions {
  readonly runtime: Runtime;
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of the program. */
  readonly version: string;
  readonly readiness: () => Readiness;
  /** Origins such as `https://files.example` whose pages may open WebSockets, besides our own. */
  readonly allowedOrigins?: readonly string[] | undefined;
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

export function createDoors(options: DoorOptions): Doors {
  const { authenticator, clock, logger, runtime } = options;
  const limits: DoorLimits = { ...DOOR_LIMITS, ...options.limits };
  const counters = newCounters();
  const tickets = new Tickets(clock, limits);
  const metrics = new Metrics(runtime, counters);
  const gateway = new Gateway({
    ...{ runtime, authenticator, tickets, limits, clock, counters, logger },
    allowedOrigins: options.allowedOrigins ?? [],
  });
  const app = createHttpApp({
    ...{ runtime, authenticator, tickets, metrics, clock, logger },
    metricsPublic: options.metricsPublic ?? false,
    readiness: options.readiness,
    version: options.version,
  });
  const handle = app.callback();
  return {
    counters,
    // Koa answers failures itself.
    request: (request, response) => void handle(request, response),
    upgrade: (upgrade) => gateway.upgrade(upgrade),
    close: async () => {
      await gateway.close();
      await metrics.close();
    },
  };
}

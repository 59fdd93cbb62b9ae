import { Router } from '@koa/router';
import Koa from 'koa';
import type { Clock, Logger, Runtime } from '../app/index.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { Authenticator } from './authentication.ts';
import {
  accessLog,
  errors,
  authenticated,
  requireBearer,
  securityHeaders,
} from './http-middleware.ts';
import type { AuthenticatedState } from './http-middleware.ts';
import { listPage } from './list-page.ts';
import type { Metrics } from './metrics.ts';
import type { Tickets } from './tickets.ts';

/** Whether the server can do its work. */
export type Readiness = 'starting' | 'ready' | 'stopping';

export interface HttpAppOptions {
  readonly runtime: Runtime;
  readonly authenticator: Authenticator;
  readonly tickets: Tickets;
  readonly metrics: Metrics;
  /** Without a token as well. */
  readonly metricsPublic: boolean;
  readonly readiness: () => Readiness;
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The HTTP door: sections 5 and 6 of the contract, as far as watching goes. */
export function createHttpApp(options: HttpAppOptions): Koa {
  const { authenticator, clock, logger } = options;
  const app = new Koa();
  // Failures are logged by ours.
  app.silent = true;
  app.use(accessLog(logger, () => clock.now()));
  app.use(securityHeaders);
  app.use(errors(logger));
  const open = healthRoutes(options);
  app.use(open.routes()).use(open.allowedMethods());
  const bearer = requireBearer(authenticator);
  // Before the routes, so that nobody finds out without a token which there are.
  app.use(async (ctx, next) => {
    await (/^\/api(\/|$)/i.test(ctx.path) ? bearer(ctx, next) : next());
  });
  const api = apiRoutes(options);
  app.use(api.routes()).use(api.allowedMethods());
  return app;
}

function healthRoutes(options: HttpAppOptions): Router {
  const { authenticator, metrics, metricsPublic, readiness } = options;
  const router = new Router({ sensitive: true });
  router.get('/healthz', (ctx) => {
    ctx.body = { status: 'ok' };
  });
  router.get('/readyz', (ctx) => {
    const status = readiness();
    if (status !== 'ready') throw new TidewatchError('unavailable', `the server is ${status}`);
    ctx.body = { status };
  });
  const render = async (ctx: Koa.Context): Promise<void> => {
    ctx.body = await metrics.render();
    ctx.type = 'text/plain; version=0.0.4; charset=utf-8';
  };
  if (metricsPublic) router.get('/metrics', render);
  else router.get('/metrics', requireBearer(authenticator), render);
  return router;
}

function apiRoutes({ runtime, tickets, version }: HttpAppOptions): Router {
  const router = new Router({ prefix: '/api', sensitive: true });
  // Should an address ever be read in two ways, a route still answers nobody it does not know.
  router.use(authenticated);
  router.get('/version', (ctx) => {
    ctx.body = { name: 'tidewatch', version };
  });
  router.post('/auth/ws-ticket', (ctx) => {
    ctx.body = tickets.issue((ctx.state as AuthenticatedState).principal);
  });
  router.get('/connections', (ctx) => {
    ctx.body = listPage(runtime.connections.list(), ctx.query);
  });
  router.get('/connections/:id', (ctx) => {
    ctx.body = found(runtime.connections.get(ctx.params['id'] ?? ''), 'connection');
  });
  router.get('/watches', (ctx) => {
    ctx.body = listPage(runtime.watches(), ctx.query);
  });
  router.get('/runtime/actors', (ctx) => {
    ctx.body = listPage(runtime.actors.list(), ctx.query);
  });
  router.get('/runtime/actors/:id', (ctx) => {
    ctx.body = found(runtime.actors.get(ctx.params['id'] ?? ''), 'actor');
  });
  return router;
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new TidewatchError('not_found', `there is no such ${what}`);
  return value;
}

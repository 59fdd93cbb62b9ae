import Koa from 'koa';
import type { Authenticator } from './authentication.ts';
import { cors } from './cors.ts';
import type { DoorWorld } from './door-world.ts';
import {
  accessLog,
  errors,
  requireBearer,
  securityHeaders,
  withSource,
} from './http-middleware.ts';
import type { OriginRules } from './origin.ts';
import type { TrustedProxies } from './proxies.ts';
import type { Route } from './route.ts';
import { routerOf } from './router.ts';

export interface HttpAppOptions {
  readonly routes: readonly Route[];
  readonly world: DoorWorld;
  readonly authenticator: Authenticator;
  readonly origins: OriginRules;
  readonly proxies: TrustedProxies;
  readonly maxBodyBytes: number;
}

/** The HTTP door: sections 5 and 6 of the contract. */
export function createHttpApp(options: HttpAppOptions): Koa {
  const { authenticator, origins, proxies, routes, world } = options;
  const app = new Koa();
  // Failures are logged by ours.
  app.silent = true;
  app.use(accessLog(world.logger, () => world.clock.now()));
  app.use(withSource(proxies));
  app.use(securityHeaders);
  app.use(errors(world.logger));
  app.use(inApi(cors(origins)));
  const open = routerOf(
    routes.filter(({ access }) => access === 'open'),
    world,
    options,
  );
  app.use(open.routes()).use(open.allowedMethods());
  const bearer = requireBearer(authenticator);
  // Before the other routes, so that nobody finds out without a token which there are.
  app.use(inApi(bearer));
  app.use(async (ctx, next) => {
    await (ctx.path === '/metrics' ? bearer(ctx, next) : next());
  });
  const known = routerOf(
    routes.filter(({ access }) => access !== 'open'),
    world,
    options,
  );
  app.use(known.routes()).use(known.allowedMethods());
  return app;
}

function inApi(middleware: Koa.Middleware): Koa.Middleware {
  return async (ctx, next) => {
    await (/^\/api(\/|$)/i.test(ctx.path) ? middleware(ctx, next) : next());
  };
}

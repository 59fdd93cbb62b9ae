import type { Route } from '../route.ts';
import { auditRoutes } from './audit.ts';
import { authRoutes } from './auth.ts';
import { connectionTestRoutes } from './connection-tests.ts';
import { connectionRoutes } from './connections.ts';
import { directoryCacheRoutes } from './directory-cache.ts';
import { entryRoutes } from './entries.ts';
import { healthRoutes } from './health.ts';
import { runtimeRoutes } from './runtime.ts';
import { settingRoutes } from './settings.ts';
import { tokenRoutes } from './tokens.ts';
import { userRoutes } from './users.ts';
import { versionRoutes } from './version.ts';
import { watchRoutes } from './watches.ts';

export interface RouteOptions {
  /** `/metrics` needs no token. */
  readonly metricsPublic: boolean;
  /** There are accounts, saved connections, settings and an audit log. */
  readonly services: boolean;
}

/** Every route that there is, in the order of the documentation. */
export function allRoutes({ metricsPublic, services }: RouteOptions): readonly Route[] {
  const routes = [
    ...healthRoutes({ metricsPublic }),
    ...versionRoutes,
    ...[...authRoutes, ...tokenRoutes, ...userRoutes],
    ...[...connectionRoutes, ...connectionTestRoutes, ...entryRoutes, ...directoryCacheRoutes],
    ...[...watchRoutes, ...runtimeRoutes, ...settingRoutes, ...auditRoutes],
  ];
  return services ? routes : routes.filter((one) => one.needsServices !== true).map(forHosts);
}

/** A host that has accounts of its own lets in only those who may see all that there is then. */
function forHosts(route: Route): Route {
  return route.access === 'admin' ? { ...route, access: 'user' } : route;
}

import { openApiDocument } from '../../src/http/openapi.ts';
import { allRoutes } from '../../src/http/routes/all-routes.ts';
import { packageVersion } from '../../src/app/package-version.ts';

/** What `GET /api/openapi.json` answers. */
export function openApiPage(): string {
  const routes = allRoutes({ metricsPublic: false, services: true });
  return `${JSON.stringify(openApiDocument(routes, packageVersion()), undefined, 2)}\n`;
}

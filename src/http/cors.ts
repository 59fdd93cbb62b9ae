import type { Middleware } from 'koa';
import { DEFAULTS } from '../defaults.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import { originAllowed } from './origin.ts';
import type { OriginRules } from './origin.ts';
import type { RequestSource } from './proxies.ts';

const METHODS = 'GET, POST, PATCH, DELETE';
const HEADERS = 'Authorization, Content-Type, If-Match';
const EXPOSED = 'ETag, Location, Retry-After';

/**
 * Which pages may send requests: those of the server itself and of the origins that are allowed. Pages
 * elsewhere are refused before anything happens, not only kept from reading the answer. There are no
 * cookies, so `Access-Control-Allow-Credentials` is never sent.
 */
export function cors(rules: OriginRules): Middleware {
  return async (ctx, next) => {
    const { origin } = ctx.req.headers;
    ctx.vary('Origin');
    if (origin === undefined) {
      await next();
      return;
    }
    const { host } = (ctx.state as { source: RequestSource }).source;
    if (!originAllowed(origin, host, rules)) {
      throw new TidewatchError('forbidden', 'pages of that origin may not use this server');
    }
    ctx.set('Access-Control-Allow-Origin', new URL(origin).origin);
    if (ctx.method === 'OPTIONS' && ctx.get('Access-Control-Request-Method') !== '') {
      ctx.set({
        'Access-Control-Allow-Methods': METHODS,
        'Access-Control-Allow-Headers': HEADERS,
        'Access-Control-Max-Age': DEFAULTS.corsMaxAgeSeconds.toString(),
      });
      ctx.status = 204;
      return;
    }
    ctx.set('Access-Control-Expose-Headers', EXPOSED);
    await next();
  };
}

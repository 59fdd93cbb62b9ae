import type { Context, Middleware } from 'koa';
import type { Caller, Logger } from '../app/index.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import { bearerToken } from './authentication.ts';
import type { Authenticator } from './authentication.ts';
import { errorResponse } from './http-errors.ts';
import { logsDebug } from './logs-debug.ts';
import type { RequestSource, TrustedProxies } from './proxies.ts';
import { safeText } from './safe-text.ts';

/** What a request carries from one step to the next. */
export interface RequestState {
  source: RequestSource;
  /** Behind `requireBearer`. */
  caller?: Caller;
}

export function stateOf(ctx: Context): RequestState {
  return ctx.state;
}

/** Finds out where the request comes from. */
export function withSource(proxies: TrustedProxies): Middleware {
  return async (ctx, next) => {
    stateOf(ctx).source = proxies.source(ctx.req);
    await next();
  };
}

/** What every answer carries, so that a browser makes nothing of it that it is not. */
export const securityHeaders: Middleware = async (ctx, next) => {
  ctx.set({
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
  });
  // Only who came through TLS can be told to do so always (RFC 6797 section 7.2).
  if (stateOf(ctx).source.secure === true) {
    ctx.set('Strict-Transport-Security', 'max-age=31536000');
  }
  await next();
};

/** One line for each request, without its query, which may hold a ticket or token. */
export function accessLog(logger: Logger, now: () => number): Middleware {
  return async (ctx, next) => {
    const start = now();
    await next();
    if (!logsDebug(logger)) return;
    const { method, path, status } = ctx;
    const ms = Math.round(now() - start);
    logger.debug(
      { event: 'http.request', method, path: safeText(path), status, ms },
      'answered a request',
    );
  };
}

/** Puts every failure, and what no route answers, into the form of section 5 of the contract. */
export function errors(logger: Logger): Middleware {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.status === 404 && !ctx.body) {
        throw new TidewatchError('not_found', `there is nothing at ${safeText(ctx.path)}`);
      }
      if ((ctx.status === 405 || ctx.status === 501) && !ctx.body) {
        const message = `${ctx.method} is not for ${safeText(ctx.path)}`;
        throw new TidewatchError('method_not_allowed', message);
      }
    } catch (error) {
      const { body, retryAfter, status } = errorResponse(error);
      if (status === 500) {
        const path = safeText(ctx.path);
        logger.error({ event: 'http.error', path, err: error }, 'a request failed');
      }
      if (status === 401) ctx.set('WWW-Authenticate', 'Bearer');
      if (retryAfter !== undefined) ctx.set('Retry-After', retryAfter.toString());
      ctx.status = status;
      ctx.body = body;
    }
  };
}

/** Lets only those in that have a token. */
export function requireBearer(authenticator: Authenticator): Middleware {
  return async (ctx, next) => {
    const token = bearerToken(ctx.get('Authorization'));
    const caller = token === undefined ? undefined : await authenticator.authenticate(token);
    if (caller === undefined) {
      const message =
        token === undefined
          ? 'the request has no header Authorization: Bearer TOKEN'
          : 'the token is not valid';
      throw new TidewatchError('unauthenticated', message);
    }
    const state = stateOf(ctx);
    state.caller = { ...caller, address: state.source.address };
    await next();
  };
}

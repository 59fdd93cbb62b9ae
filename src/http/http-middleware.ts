import type { Middleware } from 'koa';
import type { Logger } from '../app/index.ts';
import { DEFAULTS } from '../defaults.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import { bearerToken } from './authentication.ts';
import type { Authenticator, Principal } from './authentication.ts';
import { logsDebug } from './logs-debug.ts';
import { errorResponse } from './http-errors.ts';

/** What every answer carries, so that a browser makes nothing of it that it is not. */
export const securityHeaders: Middleware = async (ctx, next) => {
  ctx.set({
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
  });
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
    logger.debug({ event: 'http.request', method, path, status, ms }, 'answered a request');
  };
}

/** Puts every failure, and what no route answers, into the form of section 5 of the contract. */
export function errors(logger: Logger): Middleware {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.status === 404 && !ctx.body) {
        throw new TidewatchError('not_found', `there is nothing at ${ctx.path}`);
      }
      if ((ctx.status === 405 || ctx.status === 501) && !ctx.body) {
        throw new TidewatchError('method_not_allowed', `${ctx.method} is not for ${ctx.path}`);
      }
    } catch (error) {
      const { body, status } = errorResponse(error);
      if (status === 500) {
        logger.error({ event: 'http.error', path: ctx.path, err: error }, 'a request failed');
      }
      if (status === 401) ctx.set('WWW-Authenticate', 'Bearer');
      if (status === 503) ctx.set('Retry-After', DEFAULTS.httpRetryAfterSeconds.toString());
      ctx.status = status;
      ctx.body = body;
    }
  };
}

/** What a request carries behind `requireBearer`. */
export interface AuthenticatedState {
  principal: Principal;
}

/** Passes on only what went through `requireBearer`. */
export const authenticated: Middleware = async (ctx, next) => {
  if ((ctx.state as Partial<AuthenticatedState>).principal === undefined) {
    throw new TidewatchError('unauthenticated', 'the request was not authenticated');
  }
  await next();
};

/** Lets only those in that have a token. */
export function requireBearer(authenticator: Authenticator): Middleware {
  return async (ctx, next) => {
    const token = bearerToken(ctx.get('Authorization'));
    const principal = token === undefined ? undefined : await authenticator.authenticate(token);
    if (principal === undefined) {
      const message =
        token === undefined
          ? 'the request has no header Authorization: Bearer TOKEN'
          : 'the token is not valid';
      throw new TidewatchError('unauthenticated', message);
    }
    (ctx.state as AuthenticatedState).principal = principal;
    await next();
  };
}

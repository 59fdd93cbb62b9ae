import type { Readable } from 'node:stream';
import type { ParsedUrlQuery } from 'node:querystring';
import type { z } from 'zod';
import type { Caller, Origin } from '../app/index.ts';
import type { ErrorCode } from '../errors/codes.ts';
import type { DoorWorld } from './door-world.ts';
import { readBody, readParams, readQuery } from './validation.ts';
import type { ObjectSchema } from './validation.ts';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** `open`: to everybody; `user`: to whoever has a token; `admin`: to administrators. */
export type Access = 'open' | 'user' | 'admin';

/** What a handler answers; of a body, what the schema does not name never leaves. */
export interface Reply<T> {
  readonly body?: T;
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of a body: text of this media type. */
  readonly text?: { readonly type: string; readonly content: string };
  /** Instead of a body: one JSON value a line, as the other side takes them. */
  readonly lines?: Readable;
}

/** What is the same for the handlers of all routes. */
export interface RequestBase {
  readonly origin: Origin;
  /** The header `If-Match`. */
  readonly ifMatch: string | undefined;
  /** Whether the client takes `application/x-ndjson`, by its header `Accept`. */
  readonly wantsLines: boolean;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
  readonly world: DoorWorld;
}

/** A request as Koa brings it, before anything of it is believed. */
export interface Call extends RequestBase {
  readonly caller: Caller | undefined;
  readonly params: Readonly<Record<string, string>>;
  readonly query: ParsedUrlQuery;
  /** undefined: there is none. */
  readonly readJson: () => Promise<unknown>;
}

interface RouteRequest<A extends Access, P, Q, B> extends RequestBase {
  readonly caller: A extends 'open' ? undefined : Caller;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}

/** What a route is without its handler: what the OpenAPI document is made from. */
export interface RouteFace {
  readonly method: Method;
  /** As the router has it: `/api/connections/:id`. */
  readonly path: string;
  readonly access: Access;
  /** Only where there are accounts; elsewhere the route does not exist. */
  readonly needsServices?: boolean;
  /** Groups routes in the document. */
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly params?: ObjectSchema | undefined;
  readonly query?: ObjectSchema | undefined;
  readonly body?: z.ZodType | undefined;
  /** Of an answer that tells of no failure; default 200. */
  readonly status?: number;
  /** Its body, if it has one. */
  readonly answer?: z.ZodType | undefined;
  /** Media type of the text that it answers with instead. */
  readonly text?: string;
  /** Each line, for those who ask for `application/x-ndjson`. */
  readonly lines?: z.ZodType;
  /** `If-Match` counts. */
  readonly conditional?: boolean;
  /** Codes that are worth knowing, besides those that every route has. */
  readonly errors?: readonly ErrorCode[];
}

export interface Route extends RouteFace {
  run(call: Call): Promise<Reply<unknown>>;
}

interface RouteSpec<
  A extends Access,
  P extends ObjectSchema,
  Q extends ObjectSchema,
  B extends z.ZodType,
  S extends z.ZodType,
> extends RouteFace {
  readonly access: A;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly answer?: S;
  readonly handle: (
    request: RouteRequest<A, z.output<P>, z.output<Q>, z.output<B>>,
  ) => Reply<z.input<S>> | Promise<Reply<z.input<S>>>;
}

/** One route: what it takes, what it answers, and who may ask. Validation and documentation come of it. */
export function route<
  const A extends Access,
  P extends ObjectSchema,
  Q extends ObjectSchema,
  B extends z.ZodType,
  S extends z.ZodType,
>({ handle, ...face }: RouteSpec<A, P, Q, B, S>): Route {
  return {
    ...face,
    run: async (call) => {
      const { caller, origin, ifMatch, signal, wantsLines, world } = call;
      // Where it leads is checked first: who asks for what is not there is told so.
      const params = readParams(face.params, call.params) as z.output<P>;
      const query = readQuery(face.query, call.query) as z.output<Q>;
      const body = (
        face.body === undefined ? undefined : readBody(face.body, await call.readJson())
      ) as z.output<B>;
      return handle({
        ...{ origin, ifMatch, signal, wantsLines, world, params, query, body },
        // The router lets nobody pass whom the access of the route does not allow.
        caller: caller as A extends 'open' ? undefined : Caller,
      });
    },
  };
}

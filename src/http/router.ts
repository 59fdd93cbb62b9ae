import { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Caller } from '../app/index.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { DoorWorld } from './door-world.ts';
import { stateOf } from './http-middleware.ts';
import { readJson } from './request-body.ts';
import type { Reply, Route } from './route.ts';

const LINES = 'application/x-ndjson';

/** Answers the routes of a table. */
export function routerOf(
  routes: readonly Route[],
  world: DoorWorld,
  { maxBodyBytes }: { readonly maxBodyBytes: number },
): Router {
  const router = new Router({ sensitive: true });
  for (const route of routes) {
    router.register(route.path, [route.method], async (ctx) => {
      const reply = await run(route, ctx, world, maxBodyBytes);
      put(ctx, route, reply);
    });
  }
  return router;
}

function run(
  route: Route,
  ctx: Context & { readonly params: Record<string, string> },
  world: DoorWorld,
  maxBodyBytes: number,
): Promise<Reply<unknown>> {
  const { caller, source } = stateOf(ctx);
  checkAccess(route, caller);
  return route.run({
    caller,
    world,
    origin: { address: source.address },
    ifMatch: ctx.req.headers['if-match'],
    wantsLines:
      route.lines !== undefined &&
      ctx.method !== 'HEAD' &&
      ctx.accepts('application/json', LINES) === LINES,
    signal: goneSignal(ctx),
    params: ctx.params,
    query: ctx.query,
    readJson: () => readJson(ctx.req, maxBodyBytes),
  });
}

/** Should an address ever be read in two ways, a route still answers nobody it does not know. */
function checkAccess({ access }: Route, caller: Caller | undefined): void {
  if (access === 'open') return;
  if (caller === undefined) {
    throw new TidewatchError('unauthenticated', 'the request was not authenticated');
  }
  if (access === 'admin' && !caller.admin) {
    throw new TidewatchError('forbidden', 'this is for administrators');
  }
}

/** Aborted when the client goes before it has its answer. */
function goneSignal({ res }: Context): AbortSignal {
  const gone = new AbortController();
  res.once('close', () => {
    if (!res.writableFinished) gone.abort();
  });
  return gone.signal;
}

function put(ctx: Context, route: Route, { body, headers, lines, text }: Reply<unknown>): void {
  ctx.status = route.status ?? 200;
  if (headers !== undefined) ctx.set(headers);
  if (lines !== undefined) {
    ctx.body = lines;
    ctx.type = LINES;
  } else if (text !== undefined) {
    ctx.body = text.content;
    ctx.type = text.type;
  } else if (route.answer !== undefined) {
    ctx.body = shown(route, body);
  }
}

/** What the schema names of an answer, and nothing else that an object may carry along. */
function shown({ answer, method, path }: Route, body: unknown): unknown {
  const read = answer?.safeParse(body);
  if (read?.success === true) return read.data;
  const wrong = read?.error.issues.map((issue) => issue.path.join('.')).join(', ');
  // Without values, which no log should have.
  throw new Error(`the answer of ${method} ${path} is not what its schema says: ${wrong ?? ''}`);
}

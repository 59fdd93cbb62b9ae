import { z } from 'zod';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { route } from '../route.ts';
import type { Access, Route } from '../route.ts';

const status = z.object({ status: z.string() });

export function healthRoutes(options: { readonly metricsPublic: boolean }): readonly Route[] {
  return [HEALTHZ, READYZ, metricsRoute(options.metricsPublic ? 'open' : 'admin')];
}

const HEALTHZ = route({
  ...{ method: 'GET', path: '/healthz', access: 'open', tag: 'health' },
  summary: 'Whether the process is alive',
  answer: status,
  handle: () => ({ body: { status: 'ok' } }),
});

const READYZ = route({
  ...{ method: 'GET', path: '/readyz', access: 'open', tag: 'health' },
  summary: 'Whether the server can do its work',
  answer: status,
  errors: ['unavailable'],
  handle: ({ world }) => {
    const now = world.readiness();
    if (now !== 'ready') throw new TidewatchError('unavailable', `the server is ${now}`);
    return { body: { status: now } };
  },
});

function metricsRoute(access: Access): Route {
  const type = 'text/plain; version=0.0.4; charset=utf-8';
  return route({
    ...{ method: 'GET', path: '/metrics', access, tag: 'health' },
    summary: 'Figures of the runtime, the doors and the process, for Prometheus',
    text: 'text/plain',
    handle: async ({ world }) => ({
      text: { type, content: await world.metrics.render() },
    }),
  });
}

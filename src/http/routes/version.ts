import { z } from 'zod';
import { named } from '../schemas/named.ts';
import { route } from '../route.ts';
import type { Route } from '../route.ts';

export const versionRoutes: readonly Route[] = [
  route({
    ...{ method: 'GET', path: '/api/version', access: 'user', tag: 'server' },
    summary: 'Name and version of the program',
    answer: named('Version', z.object({ name: z.string(), version: z.string() })),
    handle: ({ world }) => ({ body: { name: 'tidewatch', version: world.version } }),
  }),
  route({
    ...{ method: 'GET', path: '/api/openapi.json', access: 'user', tag: 'server' },
    summary: 'This document',
    answer: z.record(z.string(), z.unknown()),
    handle: ({ world }) => ({
      body: world.document() as Record<string, unknown>,
    }),
  }),
];

import { z } from 'zod';
import { servicesOf } from '../door-world.ts';
import { route } from '../route.ts';
import type { Route } from '../route.ts';
import { connectionFields, connectionTest, path } from '../schemas/connection.ts';
import { connectionParams } from './connections.ts';

const base = { method: 'POST', access: 'user', needsServices: true, tag: 'connections' } as const;
const testPath = path.exactOptional().describe('Directory to try; default: the root.');

export const connectionTestRoutes: readonly Route[] = [
  route({
    ...{ ...base, path: '/api/connections/test' },
    summary: 'Tries a connection that is not saved, stage by stage',
    body: z.strictObject({ ...connectionFields.shape, path: testPath }),
    answer: connectionTest,
    errors: ['forbidden'],
    handle: async ({ body, caller, signal, world }) => {
      const { path: directory, ...fields } = body;
      const what = { fields, ...(directory === undefined ? {} : { path: directory }) };
      const { connections } = servicesOf(world);
      return { body: await connections.test(caller, what, signal) };
    },
  }),
  route({
    ...{ ...base, path: '/api/connections/:id/test' },
    summary: 'Tries a saved connection, with changes to it that are not saved, stage by stage',
    params: connectionParams,
    body: z.strictObject({ ...connectionFields.shape, path: testPath }).prefault({}),
    answer: connectionTest,
    errors: ['forbidden', 'secret_required'],
    handle: async ({ body, caller, params: { id }, signal, world }) => {
      const { path: directory, ...fields } = body;
      const what = {
        id,
        ...(Object.keys(fields).length === 0 ? {} : { fields }),
        ...(directory === undefined ? {} : { path: directory }),
      };
      const { connections } = servicesOf(world);
      return { body: await connections.test(caller, what, signal) };
    },
  }),
];

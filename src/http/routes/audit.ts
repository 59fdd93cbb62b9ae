import { z } from 'zod';
import { DEFAULTS } from '../../defaults.ts';
import { servicesOf } from '../door-world.ts';
import { route } from '../route.ts';
import type { Route } from '../route.ts';
import { text, wholeNumber } from '../schemas/common.ts';
import { auditPage } from '../schemas/operation.ts';

const ID = 100;
const MOST = DEFAULTS.httpMaxAuditRecords;

export const auditRoutes: readonly Route[] = [
  route({
    ...{ method: 'GET', path: '/api/audit', access: 'admin', needsServices: true, tag: 'audit' },
    summary: 'Who did what, newest first',
    query: z.object({
      after: text(ID, 1).optional().describe('Id of the record that the page begins behind.'),
      action: text(ID, 1).optional().describe('Only records of this action.'),
      page_size: wholeNumber(1, MOST)
        .prefault(DEFAULTS.httpAuditRecords.toString())
        .describe(`Records of a page, at most ${MOST}.`),
    }),
    answer: auditPage,
    handle: async ({ query: { action, after, page_size: size }, world }) => {
      const wanted = {
        limit: size + 1,
        ...(after === undefined ? {} : { after }),
        ...(action === undefined ? {} : { action }),
      };
      const found = await servicesOf(world).audit.list(wanted);
      const items = found.slice(0, size);
      const last = items.at(-1);
      const more = found.length > size && last !== undefined;
      return {
        body: { items, has_more: more, ...(more ? { next_after: last.id } : {}) },
      };
    },
  }),
];

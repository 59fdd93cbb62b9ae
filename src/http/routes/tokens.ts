import { z } from 'zod';
import { servicesOf } from '../door-world.ts';
import { listAnswer, pageOf } from '../list-page.ts';
import { route } from '../route.ts';
import type { Route } from '../route.ts';
import { newToken, tokenList } from '../schemas/account.ts';
import { pageQuery, text, uuid } from '../schemas/common.ts';

const NAME = 200;
const base = { access: 'user', needsServices: true, tag: 'auth' } as const;

export const tokenRoutes: readonly Route[] = [
  route({
    ...{ ...base, method: 'GET', path: '/api/auth/tokens' },
    summary: 'The own tokens and logins, without what opens anything',
    query: pageQuery(),
    answer: tokenList,
    handle: async ({ caller, query, world }) => {
      const found = await servicesOf(world).accounts.tokens(caller, pageOf(query));
      return { body: listAnswer(found, query) };
    },
  }),
  route({
    ...{ ...base, method: 'POST', path: '/api/auth/tokens' },
    summary: 'Makes a token, for scripts and programs',
    body: z.strictObject({
      name: text(NAME, 1),
      expires_at: z.iso
        .datetime({ offset: true })
        .nullable()
        .exactOptional()
        .describe('Absent: it lasts until it is deleted.'),
    }),
    status: 201,
    answer: newToken,
    handle: async ({ body, caller, world }) => {
      const { expires_at: until, name } = body;
      const ends = until === undefined || until === null ? {} : { expiresAt: new Date(until) };
      const made = await servicesOf(world).accounts.createToken(caller, { name, ...ends });
      return { body: made, headers: { Location: `/api/auth/tokens/${made.id}` } };
    },
  }),
  route({
    ...{ ...base, method: 'DELETE', path: '/api/auth/tokens/:id' },
    summary: 'Revokes a token; WebSockets that it opened are closed',
    params: z.object({ id: uuid }),
    status: 204,
    handle: async ({ caller, params, world }) => {
      await servicesOf(world).accounts.deleteToken(caller, params.id);
      return {};
    },
  }),
];

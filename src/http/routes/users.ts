import { z } from 'zod';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { servicesOf } from '../door-world.ts';
import { listAnswer, pageOf } from '../list-page.ts';
import { route } from '../route.ts';
import type { Route } from '../route.ts';
import { password, role, user, username, userList } from '../schemas/account.ts';
import { pageQuery, uuid } from '../schemas/common.ts';

const base = { access: 'admin', needsServices: true, tag: 'users' } as const;
const params = z.object({ id: uuid });

export const userRoutes: readonly Route[] = [
  route({
    ...{ ...base, method: 'GET', path: '/api/users' },
    summary: 'The accounts',
    query: pageQuery(),
    answer: userList,
    handle: async ({ query, world }) => {
      const found = await servicesOf(world).accounts.users(pageOf(query));
      return { body: listAnswer(found, query) };
    },
  }),
  route({
    ...{ ...base, method: 'POST', path: '/api/users' },
    summary: 'Makes an account',
    body: z.strictObject({ username, password, role: role.default('user') }),
    status: 201,
    answer: user,
    errors: ['already_exists'],
    handle: async ({ body, caller, world }) => {
      const made = await servicesOf(world).accounts.createUser(caller, body);
      return { body: made, headers: { Location: `/api/users/${made.id}` } };
    },
  }),
  route({
    ...{ ...base, method: 'PATCH', path: '/api/users/:id' },
    summary: 'Changes an account: name, password, role, whether it may sign in',
    params,
    body: z.strictObject({
      username: username.exactOptional(),
      password: password.exactOptional(),
      role: role.exactOptional(),
      enabled: z.boolean().exactOptional(),
      current_password: password.exactOptional().describe('Needed to change the own password.'),
    }),
    answer: user,
    errors: ['already_exists', 'last_admin', 'bad_login'],
    handle: async ({ body, caller, params: { id }, world }) => {
      const { current_password: currentPassword, ...rest } = body;
      const change = { ...rest, ...(currentPassword === undefined ? {} : { currentPassword }) };
      const { accounts } = servicesOf(world);
      return { body: await accounts.updateUser(caller, id, change) };
    },
  }),
  route({
    ...{ ...base, method: 'DELETE', path: '/api/users/:id' },
    summary: 'Deletes an account; one that owns things only when it is said what becomes of them',
    params,
    query: z.object({
      transfer_to: uuid.optional().describe('Id of the account that gets what this one owns.'),
      purge: z.enum(['true', 'false']).optional().describe('What it owns is deleted as well.'),
    }),
    status: 204,
    errors: ['owns_things', 'last_admin'],
    handle: async ({ caller, params: { id }, query, world }) => {
      const { transfer_to: transferTo } = query;
      const purge = query.purge === 'true';
      if (purge && transferTo !== undefined) {
        throw new TidewatchError('invalid_argument', 'transfer_to and purge exclude each other');
      }
      await servicesOf(world).accounts.deleteUser(caller, id, { transferTo, purge });
      return {};
    },
  }),
];

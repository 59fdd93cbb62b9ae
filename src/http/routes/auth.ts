import { z } from 'zod';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { servicesOf } from '../door-world.ts';
import { route } from '../route.ts';
import type { Route } from '../route.ts';
import { login, me, password, ticket, user, username } from '../schemas/account.ts';

const base = { tag: 'auth' } as const;

export const authRoutes: readonly Route[] = [
  route({
    ...{ ...base, method: 'POST', path: '/api/auth/login', access: 'open', needsServices: true },
    summary: 'Gives a token for a name and a password',
    body: z.strictObject({ username, password }),
    answer: login,
    errors: ['bad_login', 'too_many_attempts'],
    handle: async ({ body, origin, world }) => {
      const { accounts } = servicesOf(world);
      return { body: await accounts.login(body.username, body.password, origin) };
    },
  }),
  route({
    ...{ ...base, method: 'POST', path: '/api/auth/logout', access: 'user', needsServices: true },
    summary: 'Ends the login whose token is shown, and its WebSockets',
    status: 204,
    handle: async ({ caller, world }) => {
      await servicesOf(world).accounts.logout(caller);
      return {};
    },
  }),
  route({
    ...{ ...base, method: 'GET', path: '/api/auth/me', access: 'user', needsServices: true },
    summary: 'Whose token is shown',
    answer: me,
    handle: async ({ caller, world }) => {
      const account = await servicesOf(world).accounts.me(caller);
      const { admin, name } = caller;
      const nobody = { username: name, role: admin ? 'admin' : 'user', enabled: true } as const;
      return { body: account ?? nobody };
    },
  }),
  route({
    ...{ ...base, method: 'PATCH', path: '/api/auth/me', access: 'user', needsServices: true },
    summary: 'Changes the own password',
    body: z.strictObject({ current_password: password, password }),
    answer: user,
    errors: ['bad_login', 'too_many_attempts'],
    handle: async ({ body, caller, world }) => {
      const { accounts } = servicesOf(world);
      if (caller.userId === undefined) {
        throw new TidewatchError('forbidden', 'the token belongs to no account');
      }
      const change = { password: body.password, currentPassword: body.current_password };
      return { body: await accounts.updateUser(caller, caller.userId, change) };
    },
  }),
  route({
    ...{ ...base, method: 'POST', path: '/api/auth/ws-ticket', access: 'user' },
    summary: 'Gives a ticket that opens one WebSocket, once and soon',
    answer: ticket,
    handle: ({ caller, world }) => ({ body: world.tickets.issue(caller) }),
  }),
];

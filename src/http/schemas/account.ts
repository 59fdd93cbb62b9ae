import { z } from 'zod';
import { listOf, text, time, uuid } from './common.ts';
import { named } from './named.ts';

const USERNAME = 200;
const PASSWORD = 1_024;

export const role = z.enum(['admin', 'user']);
export const username = text(USERNAME, 1);
export const password = text(PASSWORD, 1);

export const user = named(
  'User',
  z.object({
    id: uuid,
    username: z.string(),
    role,
    enabled: z.boolean(),
    created_at: time,
    last_login_at: time.optional(),
  }),
);
export const userList = listOf('UserList', user);

/** The caller without an account: of `TIDEWATCH_TOKEN` and the command line. */
export const me = named(
  'Me',
  z.object({
    id: uuid.optional().describe('Absent for a token that belongs to no account.'),
    username: z.string(),
    role,
    enabled: z.boolean(),
    created_at: time.optional(),
    last_login_at: time.optional(),
  }),
);

export const login = named(
  'Login',
  z.object({
    token: z.string().describe('Shown once.'),
    expires_at: time,
    user,
  }),
);

const tokenShape = {
  id: uuid,
  name: z.string(),
  kind: z.enum(['login', 'api']),
  created_at: time,
  expires_at: time.optional(),
  last_used_at: time.optional(),
};
export const token = named('Token', z.object(tokenShape));
export const tokenList = listOf('TokenList', token);
export const newToken = named(
  'NewToken',
  z.object({ ...tokenShape, token: z.string().describe('Shown once.') }),
);

export const ticket = named(
  'Ticket',
  z.object({
    ticket: z.string().describe('Opens one WebSocket, once.'),
    expires_at: time,
  }),
);

import { z } from 'zod';
import type { AccountServices } from '../../accounts/account-services.ts';
import { COMMAND_LINE } from '../../accounts/caller.ts';
import type { UserInfo } from '../../accounts/account-types.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { AdminCommand, AdminCommands } from './admin-socket.ts';

const DAY_MS = 86_400_000;

const userAdd = z.strictObject({
  username: z.string(),
  password: z.string(),
  role: z.enum(['admin', 'user']),
});
const userPasswd = z.strictObject({ username: z.string(), password: z.string() });
const tokenCreate = z.strictObject({
  username: z.string(),
  name: z.string(),
  days: z.number().int().min(1).max(36_500).optional(),
});
const nothing = z.strictObject({});

/** What the shell may ask of accounts and keys; the same while a server runs and without one. */
export function accountCommands(services: AccountServices): AdminCommands {
  const { accounts } = services;
  const named = async (username: string): Promise<UserInfo> => {
    const user = await accounts.userNamed(username);
    if (user !== undefined) return user;
    throw new TidewatchError('not_found', `there is no account ${username}`);
  };
  return {
    'user.add': adminCommand(userAdd, (user) => accounts.createUser(COMMAND_LINE, user)),
    'user.passwd': adminCommand(userPasswd, async ({ password, username }) => {
      const { id } = await named(username);
      return accounts.updateUser(COMMAND_LINE, id, { password });
    }),
    'token.create': adminCommand(tokenCreate, async ({ days, name, username }) => {
      const { id, role } = await named(username);
      const caller = { ...COMMAND_LINE, admin: role === 'admin', userId: id };
      const expiresAt = days === undefined ? undefined : new Date(Date.now() + days * DAY_MS);
      return accounts.createToken(caller, { name, ...(expiresAt !== undefined && { expiresAt }) });
    }),
    'key.rotate': adminCommand(nothing, () => services.rotateKey(COMMAND_LINE)),
  };
}

/** A command whose parameters are checked first. */
export function adminCommand<T>(
  schema: z.ZodType<T>,
  run: (parameters: T) => Promise<unknown>,
): AdminCommand {
  return async (parameters) => {
    const parsed = schema.safeParse(parameters);
    if (parsed.success) return run(parsed.data);
    // Paths alone: a message of the schema could quote a password.
    const paths = parsed.error.issues.map(({ path }) => path.join('.') || 'the request');
    throw new TidewatchError('invalid_argument', `not as expected: ${paths.join(', ')}`);
  };
}

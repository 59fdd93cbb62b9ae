import { TidewatchError } from '../errors/tidewatch-error.ts';

export type Role = 'admin' | 'user';

/** Who asks. Those of `TIDEWATCH_TOKEN` and the command line are admins without an account. */
export interface Caller {
  /** For people and the audit log. */
  readonly name: string;
  readonly admin: boolean;
  /** UUID of the account. */
  readonly userId?: string | undefined;
  /** UUID of the token or login that was shown. */
  readonly tokenId?: string | undefined;
  /** Milliseconds since 1970 at which the token ends. */
  readonly expiresAt?: number | undefined;
  /** Where this request comes from, for the audit log; absent for what no network brought. */
  readonly address?: string | undefined;
}

/** Whoever runs a command on the machine of the server, with the rights of the data folder. */
export const COMMAND_LINE: Caller = { name: 'command line', admin: true };

/** @throws TidewatchError `forbidden` */
export function requireAdmin(caller: Caller): void {
  if (!caller.admin) throw new TidewatchError('forbidden', 'only an administrator may do this');
}

/** Who did something, as the audit log has it. */
export function actorOf(caller: Caller): { actor: string; address?: string } {
  const { address, name } = caller;
  return { actor: name, ...(address !== undefined && { address }) };
}

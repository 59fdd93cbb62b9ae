import type { User } from '../../db/entities/index.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { UserInfo } from '../account-types.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function userInfo(user: User): UserInfo {
  const { createdAt, enabled, id, lastLoginAt, role, username } = user;
  return {
    ...{ id, username, role, enabled, created_at: createdAt.toISOString() },
    ...(lastLoginAt !== null && lastLoginAt !== undefined
      ? { last_login_at: lastLoginAt.toISOString() }
      : {}),
  };
}

/** The id as the database has it. What is no UUID is the id of nothing: throws `not_found`. */
export function storedId(id: string, what: string): string {
  if (UUID.test(id)) return id.toLowerCase();
  throw notFound(what);
}

export function notFound(what: string): TidewatchError {
  return new TidewatchError('not_found', `there is no such ${what}`);
}

/** What is wrong with which field; throws `invalid_argument` unless all are undefined. */
export function refuseFaults(faults: Readonly<Record<string, string | undefined>>): void {
  const fields: Record<string, string> = {};
  for (const [name, fault] of Object.entries(faults)) {
    if (fault !== undefined) fields[name] = fault;
  }
  const sentences = Object.values(fields);
  if (sentences.length === 0) return;
  throw new TidewatchError('invalid_argument', sentences.join('; '), { fields });
}

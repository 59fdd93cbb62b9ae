import { randomInt, randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '../../db/database.ts';
import { OneTimeTask, User } from '../../db/entities/index.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { AuditTrail } from '../audit/audit-trail.ts';
import { passwordFault } from '../passwords/password-rules.ts';
import type { Passwords } from '../passwords/passwords.ts';
import { foldUsername } from '../usernames.ts';
import type { World } from '../world.ts';

export const ADMIN_PASSWORD_VARIABLE = 'TIDEWATCH_ADMIN_PASSWORD';
const NAME = 'admin';
const TASK = 'first-admin';
const FILE_NAME = 'admin-password';
/** Without what is easily taken for another: 32 characters, five bits each. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';
const GROUPS = 5;
const GROUP_CHARS = 5;

export interface FirstAdminOptions extends World {
  readonly db: Database;
  readonly audit: AuditTrail;
  readonly passwords: Passwords;
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The account that the first start made. */
export interface FirstAdmin {
  readonly username: string;
  /** Of a password that was made here, to be shown once; absent for the one of the environment. */
  readonly password?: string;
  /** Where that password is kept. */
  readonly passwordFile?: string;
}

/**
 * Makes the account `admin` at the first start of a database, and never again, whatever becomes of the
 * account. Undefined when there is nothing to do.
 *
 * @throws TidewatchError `invalid_argument` when `TIDEWATCH_ADMIN_PASSWORD` cannot be a password.
 */
export async function ensureFirstAdmin(
  options: FirstAdminOptions,
): Promise<FirstAdmin | undefined> {
  const { dataDir, db, env, logger, passwords } = options;
  const done = await db.em().findOne(OneTimeTask, { name: TASK });
  if (done !== null) return undefined;
  const given = env[ADMIN_PASSWORD_VARIABLE];
  const chosen = given === undefined || given === '' ? undefined : given;
  const fault = chosen === undefined ? undefined : passwordFault(chosen);
  if (fault !== undefined) {
    throw new TidewatchError('invalid_argument', `${ADMIN_PASSWORD_VARIABLE}: ${fault}`);
  }
  const password = chosen ?? generatePassword();
  const passwordFile = join(dataDir, FILE_NAME);
  // Before the account is there: after a crash in between the next start begins anew.
  if (chosen === undefined) await writeSecretFile(dataDir, passwordFile, `${password}\n`);
  const made = await insertAdmin(options, await passwords.hash(password));
  if (!made) {
    if (chosen === undefined) await rm(passwordFile, { force: true });
    return undefined;
  }
  logger.info({ event: 'accounts.first_admin' }, 'made the first account');
  return { username: NAME, ...(chosen === undefined && { password, passwordFile }) };
}

/** False when there are accounts already, such as those of a restored backup. */
function insertAdmin(options: FirstAdminOptions, passwordHash: string): Promise<boolean> {
  const { audit, clock, db } = options;
  const now = new Date(clock.wall());
  return db.transaction(async (em) => {
    const empty = (await em.count(User)) === 0;
    await em.insert(OneTimeTask, { name: TASK, doneAt: now, details: { made: empty } });
    if (!empty) return false;
    await em.insert(User, {
      ...{ id: randomUUID(), username: NAME, usernameKey: foldUsername(NAME), passwordHash },
      ...{ role: 'admin', enabled: true, createdAt: now, updatedAt: now, lastLoginAt: null },
      version: 1,
    });
    await audit.recordIn(em, {
      ...{ actor: 'first start', action: 'user.create', subject: NAME, outcome: 'ok' },
      details: { role: 'admin' },
    });
    return true;
  });
}

/** 125 bits, in groups that can be read aloud. */
function generatePassword(): string {
  const group = (): string =>
    Array.from({ length: GROUP_CHARS }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return Array.from({ length: GROUPS }, group).join('-');
}

/** Readable for its owner alone from the first moment on. */
async function writeSecretFile(dataDir: string, path: string, text: string): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const fresh = `${path}.new`;
  await rm(fresh, { force: true });
  const file = await open(fresh, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(fresh, path);
}

import type { Database } from '../db/database.ts';
import type { OwnedThings } from './account-types.ts';
import { Accounts } from './accounts.ts';
import { AuditRetention } from './audit/audit-retention.ts';
import { AuditTrail } from './audit/audit-trail.ts';
import type { Caller } from './caller.ts';
import { changeSecretKey } from './keys/change-secret-key.ts';
import type { KeyChange } from './keys/change-secret-key.ts';
import { openSecrets } from './keys/open-secrets.ts';
import type { Secrets } from './keys/open-secrets.ts';
import { BoundedWork } from './passwords/bounded-work.ts';
import { Passwords } from './passwords/passwords.ts';
import { SettingsStore } from './settings/settings-store.ts';
import { ensureFirstAdmin } from './users/first-admin.ts';
import type { FirstAdmin } from './users/first-admin.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { World } from './world.ts';

const HOUR_MS = 3_600_000;

export interface AccountServicesOptions extends World {
  readonly db: Database;
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly ownedThings: OwnedThings;
  /** The bearer token of the environment, which counts as an admin. */
  readonly fixedToken?: string;
  /** Settings of this start alone. */
  readonly startValues?: Readonly<Record<string, unknown>>;
  /** Tests bring cheaper ones. */
  readonly passwords?: Passwords;
}

/** Everything about who may do what, and what is secret, of one open database. */
export interface AccountServices {
  readonly accounts: Accounts;
  readonly audit: AuditTrail;
  readonly secrets: Secrets;
  readonly settings: SettingsStore;
  /** Of the first start of this database: to be shown once. */
  readonly firstAdmin: FirstAdmin | undefined;
  /** Encrypts everything anew with another key; one such change at a time. */
  rotateKey(by: Caller): Promise<KeyChange>;
  /** Writes what is left and stops its timers. The database stays open. */
  close(): Promise<void>;
}

/**
 * Checks the secret key, makes the first account where there is none, reads settings and begins to look
 * after tokens and the audit log.
 *
 * @throws TidewatchError `secret_key_missing`, `secret_key_wrong`, `invalid_argument` for what the
 * environment has; nothing stays behind.
 */
export async function openAccountServices(
  options: AccountServicesOptions,
): Promise<AccountServices> {
  const { clock, db, passwords = new Passwords() } = options;
  const audit = new AuditTrail(db, clock);
  const secrets = await openSecrets(options);
  const settings = await SettingsStore.open({ ...options, audit, box: secrets.box });
  const firstAdmin = await ensureFirstAdmin({ ...options, audit, passwords });
  const number = (key: string): number => settings.value(key) as number;
  const accounts = await Accounts.open({
    ...{ ...options, audit, passwords },
    loginLifetimeMs: () => number('login.lifetime_hours') * HOUR_MS,
  });
  const keep = () => ({ days: number('audit.keep_days'), rows: number('audit.keep_rows') });
  const retention = new AuditRetention(audit, keep, options);
  const turns = new BoundedWork({ running: 1, waiting: 0 }, () => {
    return new TidewatchError('unavailable', 'the secret key is being changed already');
  });
  return {
    ...{ accounts, audit, secrets, settings, firstAdmin },
    rotateKey: (by) => turns.run(() => changeSecretKey(by, { ...options, audit, secrets })),
    close: async () => {
      await retention.close();
      await accounts.close();
    },
  };
}

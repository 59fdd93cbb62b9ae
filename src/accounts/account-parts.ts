import type { Database } from '../db/database.ts';
import type { AccountChange, OwnedThings } from './account-types.ts';
import type { AuditTrail } from './audit/audit-trail.ts';
import type { Listeners } from './listeners.ts';
import type { LoginLimits } from './logins/login-limits.ts';
import type { Passwords } from './passwords/passwords.ts';
import type { Authentication } from './tokens/authentication.ts';
import type { TokenExpiry } from './tokens/token-expiry.ts';
import type { TokenUses } from './tokens/token-uses.ts';
import type { World } from './world.ts';

/** What users, tokens and logins share. */
export interface AccountParts extends World {
  readonly db: Database;
  readonly audit: AuditTrail;
  readonly passwords: Passwords;
  readonly limits: LoginLimits;
  readonly authentication: Authentication;
  readonly uses: TokenUses;
  readonly expiry: TokenExpiry;
  readonly changes: Listeners<AccountChange>;
  readonly ownedThings: OwnedThings;
  /** Milliseconds that a login counts, as the settings say at the moment. */
  readonly loginLifetimeMs: () => number;
}

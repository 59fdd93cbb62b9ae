import type { Database } from '../../src/db/database.ts';
import { Accounts } from '../../src/accounts/accounts.ts';
import type { AccountsOptions } from '../../src/accounts/accounts.ts';
import type { AccountChange, OwnedThings, UserInfo } from '../../src/accounts/account-types.ts';
import { AuditTrail } from '../../src/accounts/audit/audit-trail.ts';
import type { Caller } from '../../src/accounts/caller.ts';
import { COMMAND_LINE } from '../../src/accounts/caller.ts';
import { Passwords } from '../../src/accounts/passwords/passwords.ts';
import { ManualClock } from './manual-clock.ts';
import { QuietLogger } from './quiet-logger.ts';

export const HOUR = 3_600_000;
export const PASSWORD = 'correct horse';
export const FROM = { address: '192.0.2.1' };

/** Nobody owns anything. */
export const NOTHING_OWNED: OwnedThings = {
  count: () => Promise.resolve(0),
  transfer: () => Promise.resolve(() => undefined),
  purge: () => Promise.resolve(() => undefined),
};

const opened = new Set<Accounts>();

/** For `afterEach`, before the database is closed: what runs beside a test still uses it. */
export async function closeAccounts(): Promise<void> {
  for (const accounts of opened) await accounts.close();
  opened.clear();
}

/** Accounts on a database, with time and cost of passwords in the hand of a test. */
export class AccountSetting {
  readonly accounts: Accounts;
  readonly audit: AuditTrail;
  readonly clock: ManualClock;
  readonly db: Database;
  readonly logger: QuietLogger;
  /** What became of accesses, as it was told. */
  readonly changes: AccountChange[] = [];

  private constructor(accounts: Accounts, options: AccountsOptions) {
    this.accounts = accounts;
    this.audit = options.audit;
    this.clock = options.clock as ManualClock;
    this.db = options.db;
    this.logger = options.logger as QuietLogger;
    accounts.onAccessChange((change) => void this.changes.push(change));
  }

  static async open(db: Database, more: Partial<AccountsOptions> = {}): Promise<AccountSetting> {
    const clock = new ManualClock();
    const options: AccountsOptions = {
      ...{ db, clock, logger: new QuietLogger(), audit: new AuditTrail(db, clock) },
      ...{ ownedThings: NOTHING_OWNED, loginLifetimeMs: () => 12 * HOUR },
      passwords: new Passwords({ logBlocks: 4, blockSize: 8, rounds: 1 }),
      ...more,
    };
    const accounts = await Accounts.open(options);
    opened.add(accounts);
    return new AccountSetting(accounts, options);
  }

  add(username: string, role: 'admin' | 'user' = 'user'): Promise<UserInfo> {
    return this.accounts.createUser(COMMAND_LINE, { username, password: PASSWORD, role });
  }

  /** Logs in and tells who that is. */
  async enter(username: string): Promise<{ token: string; caller: Caller }> {
    const { token } = await this.accounts.login(username, PASSWORD, FROM);
    const caller = await this.accounts.authenticate(token);
    if (caller === undefined) throw new Error('a fresh login does not count');
    return { token, caller };
  }
}

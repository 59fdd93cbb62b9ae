import { chmod, mkdir } from 'node:fs/promises';
import { Accounts } from '../../accounts/accounts.ts';
import { AuditRetention } from '../../accounts/audit/audit-retention.ts';
import { AuditTrail } from '../../accounts/audit/audit-trail.ts';
import { openSecrets } from '../../accounts/keys/open-secrets.ts';
import { Passwords } from '../../accounts/passwords/passwords.ts';
import { SettingsStore } from '../../accounts/settings/settings-store.ts';
import { ensureFirstAdmin } from '../../accounts/users/first-admin.ts';
import type { FirstAdmin } from '../../accounts/users/first-admin.ts';
import type { Database } from '../../db/database.ts';
import { openDatabase } from '../../db/open-database.ts';
import type { AccessChange, Accounts as AccountsFace, Clock, Logger } from '../index.ts';
import type { Runtime, Services } from '../index.ts';
import { LocalRoots, parseLocalRoots } from '../saved/local-roots.ts';
import { OwnedConnections } from '../saved/owned-connections.ts';
import { OwnerNames } from '../saved/owner-names.ts';
import { SavedConnections } from '../saved/saved-connections.ts';
import { addressPolicy, applySettings } from './apply-settings.ts';

export interface OpenServicesOptions {
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly clock: Clock;
  /** The folder for everything that is kept; made when it is not there. */
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The bearer token of the environment, which counts as an admin. */
  readonly fixedToken?: string | undefined;
  /** Settings of this start alone. */
  readonly startSettings?: Readonly<Record<string, unknown>>;
}

/** What a server keeps, and who may come in. */
export interface OpenServices {
  readonly services: Services;
  readonly database: Database;
  /** Made by this start. */
  readonly firstAdmin: FirstAdmin | undefined;
  /** Writes what is left and lets go of the database. */
  close(): Promise<void>;
}

const OWNER_ONLY = 0o700;

/**
 * Opens the database and what lives in it. What was opened is closed again when something fails.
 *
 * @throws TidewatchError what is wrong with the database, the secret key, a variable of the environment.
 */
export async function openServices(options: OpenServicesOptions): Promise<OpenServices> {
  const { dataDir, env, logger } = options;
  await mkdir(dataDir, { recursive: true, mode: OWNER_ONLY });
  await chmod(dataDir, OWNER_ONLY);
  const databaseUrl = nonEmpty(env['DATABASE_URL']);
  const database = await openDatabase({
    ...{ dataDir, logger },
    ...(databaseUrl !== undefined && { databaseUrl }),
  });
  const stack = new AsyncDisposableStack();
  stack.defer(() => database.close());
  try {
    return await compose(options, database, stack);
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function compose(
  options: OpenServicesOptions,
  db: Database,
  stack: AsyncDisposableStack,
): Promise<OpenServices> {
  const { clock, dataDir, env, fixedToken, logger, runtime } = options;
  const world = { clock, logger };
  const { box } = await openSecrets({ ...world, db, dataDir, env });
  const audit = new AuditTrail(db, clock);
  const startValues = options.startSettings ?? {};
  const settings = await SettingsStore.open({ ...world, db, box, audit, env, startValues });
  const number = (key: string): number => Number(settings.value(key));
  const passwords = new Passwords();
  const firstAdmin = await ensureFirstAdmin({ ...world, db, audit, passwords, dataDir, env });
  const owners = new OwnerNames(db);
  await owners.load();
  const listeners = new Set<(change: AccessChange) => void>();
  const connections = new SavedConnections({
    ...{ database: db, box, runtime, audit, owners },
    roots: localRoots(options),
    addresses: () => addressPolicy(settings),
    announce: (change) => {
      for (const listener of listeners) listener(change);
    },
    wall: () => clock.wall(),
  });
  const accounts = await Accounts.open({
    ...{ ...world, db, audit, passwords },
    ownedThings: new OwnedConnections((ids) => connections.ownerChanged(ids)),
    loginLifetimeMs: () => number('login.lifetime_hours') * 3_600_000,
    ...(fixedToken !== undefined && { fixedToken }),
  });
  stack.defer(() => accounts.close());
  accounts.onAccessChange((change) => {
    if (change.kind === 'user_changed') void owners.changed(change.userId);
  });
  const keep = () => ({ days: number('audit.keep_days'), rows: number('audit.keep_rows') });
  const retention = new AuditRetention(audit, keep, world);
  stack.defer(() => retention.close());
  applySettings(settings, runtime, connections);
  await connections.load();
  const services: Services = {
    ...{ connections, settings, audit },
    accounts: withConnectionChanges(accounts, listeners),
  };
  return { services, database: db, firstAdmin, close: () => stack.disposeAsync() };
}

function localRoots({ dataDir, env }: OpenServicesOptions): LocalRoots {
  const named = nonEmpty(env['TIDEWATCH_LOCAL_ROOTS']);
  return new LocalRoots({
    watchFolder: nonEmpty(env['WATCH_FOLDER_PATH']),
    named: named === undefined ? {} : parseLocalRoots(named),
    dataDir,
  });
}

/** Accounts, whose listeners hear of connections as well. */
function withConnectionChanges(
  accounts: Accounts,
  listeners: Set<(change: AccessChange) => void>,
): AccountsFace {
  return {
    login: (...given) => accounts.login(...given),
    logout: (...given) => accounts.logout(...given),
    authenticate: (...given) => accounts.authenticate(...given),
    stillValid: (...given) => accounts.stillValid(...given),
    me: (...given) => accounts.me(...given),
    users: (...given) => accounts.users(...given),
    createUser: (...given) => accounts.createUser(...given),
    updateUser: (...given) => accounts.updateUser(...given),
    deleteUser: (...given) => accounts.deleteUser(...given),
    tokens: (...given) => accounts.tokens(...given),
    createToken: (...given) => accounts.createToken(...given),
    deleteToken: (...given) => accounts.deleteToken(...given),
    onAccessChange: (listener) => {
      listeners.add(listener);
      const stop = accounts.onAccessChange(listener);
      return () => {
        listeners.delete(listener);
        stop();
      };
    },
  };
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

import { chmod, mkdir } from 'node:fs/promises';
import { openAccountServices } from '../../accounts/account-services.ts';
import type { AccountServices } from '../../accounts/account-services.ts';
import type { Accounts } from '../../accounts/accounts.ts';
import type { FirstAdmin } from '../../accounts/users/first-admin.ts';
import { Listeners } from '../../accounts/listeners.ts';
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
  /** For the socket of the command line. */
  readonly accounts: AccountServices;
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
  const { clock, dataDir, env, fixedToken, logger, runtime, startSettings } = options;
  const opened = await openAccountServices({
    ...{ clock, logger, db, dataDir, env },
    // Asked for long after `saved` is there.
    ownedThings: new OwnedConnections((ids) => saved.ownerChanged(ids)),
    ...(fixedToken !== undefined && { fixedToken }),
    ...(startSettings !== undefined && { startValues: startSettings }),
  });
  stack.defer(() => opened.close());
  const { accounts, audit, firstAdmin, secrets, settings } = opened;
  const owners = new OwnerNames(db);
  await owners.load();
  const listeners = new Listeners<AccessChange>(logger);
  const saved: SavedConnections = new SavedConnections({
    ...{ database: db, box: secrets.box, runtime, audit, owners },
    roots: localRoots(options),
    addresses: () => addressPolicy(settings),
    announce: (change) => listeners.tell(change),
    wall: () => clock.wall(),
  });
  accounts.onAccessChange((change) => {
    if (change.kind !== 'user_changed') return;
    owners.changed(change.userId).catch((err: unknown) => {
      logger.error({ event: 'owner.unknown', err }, 'the name of an owner was not read anew');
    });
  });
  applySettings(settings, runtime, saved);
  await saved.load();
  const services: Services = {
    ...{ connections: saved, settings, audit },
    accounts: withConnectionChanges(accounts, listeners),
  };
  return {
    services,
    accounts: opened,
    database: db,
    firstAdmin,
    close: () => stack.disposeAsync(),
  };
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
  listeners: Listeners<AccessChange>,
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
      const stops = [listeners.add(listener), accounts.onAccessChange(listener)];
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

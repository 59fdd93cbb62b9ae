import { hostname } from 'node:os';
import { Client } from 'pg';
import { DEFAULTS } from '../../defaults.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { DatabaseLogger } from '../database.ts';
import { toldError } from './told-error.ts';

/** The number of the advisory lock; counts within one database. "tidewatc" in ASCII. */
const LOCK = 0x7469_6465_7761_7463n.toString();

/** A client that is kept for the lock; also for what must be known before the lock is taken. */
export async function connectClient(databaseUrl: string): Promise<Client> {
  const client = new Client({
    connectionString: databaseUrl,
    application_name: `tidewatch ${hostname()} ${process.pid}`,
    connectionTimeoutMillis: DEFAULTS.databaseConnectMs,
    query_timeout: DEFAULTS.databaseConnectMs,
    keepAlive: true,
  });
  // Told by whatever is under way, too; without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    throw toldError(error, 'database_unreachable');
  }
  return client;
}

/**
 * Takes the lock of a database, which lives as long as the connection of the client.
 *
 * @throws TidewatchError `database_in_use`, naming who has it.
 */
export async function takeLock(client: Client): Promise<void> {
  const { rows } = await client.query<{ taken: boolean }>(
    `select pg_try_advisory_lock($1) as taken`,
    [LOCK],
  );
  if (rows[0]?.taken === true) return;
  throw new TidewatchError('database_in_use', `the database is used by ${await holderOf(client)}`);
}

interface Holder {
  readonly name: string;
  /** Null on a Unix socket, and, as the time, for those who may not see it. */
  readonly address: string | null;
  readonly since: Date | null;
}

async function holderOf(client: Client): Promise<string> {
  const { rows } = await client.query<Holder>(
    `select a.application_name as name, a.client_addr as address, a.backend_start as since
      from pg_locks l join pg_stat_activity a on a.pid = l.pid
      where l.locktype = 'advisory' and l.granted and l.objsubid = 1
        and l.database = (select oid from pg_database where datname = current_database())
        and (l.classid::bigint << 32) + l.objid::bigint = $1`,
    [LOCK],
  );
  const [holder] = rows;
  if (holder === undefined) return 'another server';
  const { name, address, since } = holder;
  const place = address === null ? '' : ` at ${address}`;
  return `"${name}"${place}${since === null ? '' : `, since ${since.toISOString()}`}`;
}

/** Holds the lock of a database and takes it again when the connection that bears it is lost. */
export class ServerLock {
  readonly #databaseUrl: string;
  readonly #logger: DatabaseLogger;
  readonly #onLost: (error: Error) => void;
  #client: Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #released = false;

  /**
   * @param client Has the lock.
   * @param onLost Called once, when somebody else has taken it.
   */
  constructor(
    client: Client,
    databaseUrl: string,
    logger: DatabaseLogger,
    onLost: (error: Error) => void,
  ) {
    this.#databaseUrl = databaseUrl;
    this.#logger = logger;
    this.#onLost = onLost;
    this.#hold(client);
  }

  /** False from the loss of the connection until the lock is taken again. */
  get held(): boolean {
    return this.#client !== undefined;
  }

  async release(): Promise<void> {
    this.#released = true;
    clearTimeout(this.#timer);
    const client = this.#client;
    this.#client = undefined;
    // The end of the connection is the end of the lock; a broken one has ended.
    await client?.end().catch(() => undefined);
  }

  #hold(client: Client): void {
    this.#client = client;
    const lost = (): void => {
      if (this.#client !== client) return;
      this.#client = undefined;
      if (this.#released) return;
      this.#logger.warn({}, 'the connection that holds the lock of the database was lost');
      this.#schedule(0);
    };
    client.once('end', lost);
    client.once('error', () => {
      lost();
      client.end().catch(() => undefined);
    });
    this.#schedule(DEFAULTS.databaseLockCheckMs);
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    if (this.#released) return;
    this.#timer = setTimeout(() => void this.#check(), delayMs).unref();
  }

  /** A connection that died without a word is found by using it. */
  async #check(): Promise<void> {
    const client = this.#client;
    if (client === undefined) {
      await this.#takeAgain();
      return;
    }
    try {
      await client.query('select 1');
      if (this.#client === client) this.#schedule(DEFAULTS.databaseLockCheckMs);
    } catch (error) {
      client.emit('error', error);
    }
  }

  async #takeAgain(): Promise<void> {
    let client: Client | undefined;
    try {
      client = await connectClient(this.#databaseUrl);
      await takeLock(client);
      if (this.#released) {
        await client.end();
        return;
      }
      this.#hold(client);
      this.#logger.info({}, 'the lock of the database is held again');
    } catch (error) {
      await client?.end().catch(() => undefined);
      if (this.#released) return;
      if (error instanceof TidewatchError && error.code === 'database_in_use') {
        this.#released = true;
        this.#onLost(error);
      } else {
        this.#schedule(DEFAULTS.databaseLockRetryMs);
      }
    }
  }
}

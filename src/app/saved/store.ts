import type { Database, EntityManager } from '../../db/database.ts';
import { Connection } from '../../db/entities/index.ts';
import type { SecretBox } from '../../secrets/secret-box.ts';
import type { Config, Draft } from './fields.ts';

/** A connection as it was read. */
export interface Stored {
  readonly id: string;
  readonly ownerId: string | undefined;
  readonly draft: Draft;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly version: number;
  /** Its secret cannot be opened with the keys there are. */
  readonly unreadable?: Error;
}

const COLUMN = { table: 'connection', column: 'secrets' };

/** Saved connections in the database; secrets are sealed on the way in and opened on the way out. */
export class ConnectionStore {
  readonly #database: Database;
  readonly #box: SecretBox;

  constructor(database: Database, box: SecretBox) {
    this.#database = database;
    this.#box = box;
  }

  async all(): Promise<readonly Stored[]> {
    const rows = await this.#database.em().findAll(Connection, { orderBy: { id: 'asc' } });
    return rows.map((row) => this.#read(row));
  }

  async one(em: EntityManager, id: string): Promise<Stored | undefined> {
    const row = await em.findOne(Connection, { id });
    return row === null ? undefined : this.#read(row);
  }

  /** Within a transaction. A name that its owner has already fails at the commit. */
  async insert(em: EntityManager, entry: NewRow): Promise<Stored> {
    const { at, draft, id, ownerId } = entry;
    const row = em.create(Connection, {
      ...{ id, ownerId: ownerId ?? null, createdAt: at, updatedAt: at, version: 1 },
      ...this.#columns(id, draft),
    });
    await em.flush();
    return this.#read(row);
  }

  /** Within a transaction; the row is there. */
  async update(em: EntityManager, id: string, draft: Draft, at: Date): Promise<Stored> {
    const row = await em.findOneOrFail(Connection, { id });
    em.assign(row, { ...this.#columns(id, draft), updatedAt: at });
    await em.flush();
    return this.#read(row);
  }

  async remove(em: EntityManager, id: string): Promise<void> {
    await em.nativeDelete(Connection, { id });
  }

  #columns(id: string, { config, name, scope, secret, type }: Draft) {
    const secrets =
      secret === undefined
        ? null
        : this.#box.seal(JSON.stringify({ secret }), { ...COLUMN, row: id });
    return {
      ...{ name, nameKey: nameKey(name), type, scope, config, secrets },
      secretNames: secret === undefined ? [] : ['secret'],
      keyId: secret === undefined ? null : this.#box.ring.newest.id,
    };
  }

  #read(row: Connection): Stored {
    const { createdAt, id, name, ownerId, scope, type, updatedAt, version } = row;
    const config = row.config as Config;
    const stored = { id, ownerId: ownerId ?? undefined, createdAt, updatedAt, version };
    try {
      const secret = row.secrets ? this.#open(id, row.secrets) : undefined;
      return { ...stored, draft: { name, type, scope, config, secret } };
    } catch (error) {
      const draft = { name, type, scope, config, secret: undefined };
      return { ...stored, draft, unreadable: error as Error };
    }
  }

  #open(id: string, sealed: Uint8Array): string {
    const opened = this.#box.openText(sealed, { ...COLUMN, row: id });
    return (JSON.parse(opened) as { secret: string }).secret;
  }
}

export interface NewRow {
  readonly id: string;
  readonly ownerId: string | undefined;
  readonly draft: Draft;
  readonly at: Date;
}

/** Names that differ in case or form alone are one to people. */
export function nameKey(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}

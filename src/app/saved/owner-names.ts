import type { Database } from '../../db/database.ts';
import { User } from '../../db/entities/index.ts';

/** Names of accounts, so that a list of connections needs no look into the database. */
export class OwnerNames {
  readonly #database: Database;
  readonly #names = new Map<string, string>();

  constructor(database: Database) {
    this.#database = database;
  }

  async load(): Promise<void> {
    const users = await this.#database.em().findAll(User, { fields: ['id', 'username'] });
    for (const { id, username } of users) this.#names.set(id, username);
  }

  /** The account was made, changed or removed. */
  async changed(id: string): Promise<void> {
    const user = await this.#database.em().findOne(User, { id }, { fields: ['id', 'username'] });
    if (user === null) this.#names.delete(id);
    else this.#names.set(id, user.username);
  }

  note(id: string, name: string): void {
    if (!this.#names.has(id)) this.#names.set(id, name);
  }

  get(id: string): string | undefined {
    return this.#names.get(id);
  }
}

import type { AfterCommit, OwnedThings } from '../../accounts/account-types.ts';
import type { EntityManager } from '../../db/database.ts';
import { Connection } from '../../db/entities/index.ts';
import { nameKey } from './store.ts';

/** What accounts know of connections: whose they are. */
export class OwnedConnections implements OwnedThings {
  readonly #changed: (ids: readonly string[]) => Promise<void>;

  /** @param changed is called after the commit, with those that belong to another or are gone. */
  constructor(changed: (ids: readonly string[]) => Promise<void>) {
    this.#changed = changed;
  }

  count(em: EntityManager, userId: string): Promise<number> {
    return em.count(Connection, { ownerId: userId });
  }

  async transfer(em: EntityManager, from: string, to: string): Promise<AfterCommit> {
    const rows = await em.find(Connection, { ownerId: from });
    const taken = new Set((await em.find(Connection, { ownerId: to })).map((row) => row.nameKey));
    for (const row of rows) {
      const name = freeName(row.name, taken);
      taken.add(nameKey(name));
      em.assign(row, { ownerId: to, name, nameKey: nameKey(name) });
    }
    await em.flush();
    const ids = rows.map(({ id }) => id);
    return () => this.#changed(ids);
  }

  async purge(em: EntityManager, userId: string): Promise<AfterCommit> {
    const rows = await em.find(Connection, { ownerId: userId }, { fields: ['id'] });
    const ids = rows.map(({ id }) => id);
    await em.nativeDelete(Connection, { ownerId: userId });
    return () => this.#changed(ids);
  }
}

/** The name, or the first of `name (2)`, `name (3)`, … that the new owner has not. */
function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = name;
  for (let i = 2; taken.has(nameKey(free)); i += 1) free = `${name} (${i})`;
  return free;
}

import { randomUUID } from 'node:crypto';
import { UniqueConstraintViolationException } from '@mikro-orm/core';
import type { AuditTrail } from '../../accounts/audit/audit-trail.ts';
import type { Database, EntityManager } from '../../db/database.ts';
import { DEFAULTS } from '../../defaults.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { SecretBox } from '../../secrets/secret-box.ts';
import type { AddressPolicy } from '../../storage/address-policy.ts';
import { canonicalUuid } from '../connection-id.ts';
import type { ConnectionInfo, Runtime } from '../runtime-face.ts';
import type {
  AccessChange,
  Caller,
  ConnectionFields,
  ConnectionTest,
  ListedEntry,
  Page,
  SavedConnectionInfo,
  SavedConnections as SavedConnectionsFace,
  Slice,
} from '../service-face.ts';
import { applyFields } from './fields.ts';
import type { Draft } from './fields.ts';
import { infoOf } from './info-of.ts';
import { listedEntries } from './listed-entries.ts';
import type { LocalRoots } from './local-roots.ts';
import type { OwnerNames } from './owner-names.ts';
import { ConnectionStore } from './store.ts';
import type { Stored } from './store.ts';
import { targetOf } from './target-of.ts';
import { testTarget } from './test-target.ts';

export interface SavedConnectionsOptions {
  readonly database: Database;
  readonly box: SecretBox;
  readonly runtime: Runtime;
  readonly roots: LocalRoots;
  readonly audit: Pick<AuditTrail, 'recordIn'>;
  /** The addresses that users may name, as the settings say now. */
  readonly addresses: () => AddressPolicy;
  readonly owners: Pick<OwnerNames, 'get' | 'note'>;
  /** Open sockets are looked at again. */
  readonly announce: (change: AccessChange) => void;
  readonly wall: () => number;
}

/**
 * Connections that people save. All are known in memory, so that a socket is answered at once; every
 * change is made in the database first, one after the other, then in the runtime.
 */
export class SavedConnections implements SavedConnectionsFace {
  readonly #options: SavedConnectionsOptions;
  readonly #store: ConnectionStore;
  readonly #known = new Map<string, Stored>();
  /** The last change that was begun. */
  #changing: Promise<unknown> = Promise.resolve();

  constructor(options: SavedConnectionsOptions) {
    this.#options = options;
    this.#store = new ConnectionStore(options.database, options.box);
  }

  /** Reads all of them and tells the runtime; one that leads nowhere now is told in the log. */
  async load(): Promise<void> {
    for (const stored of await this.#store.all()) await this.#put(stored);
  }

  /** After the settings that say which addresses are allowed were changed. */
  async addressesChanged(): Promise<void> {
    await this.#inTurn(async () => {
      for (const stored of this.#known.values()) await this.#put(stored);
    });
  }

  list(caller: Caller, { page, pageSize }: Page): Promise<Slice<SavedConnectionInfo>> {
    const all = [
      ...this.#temporary(),
      ...[...this.#known.values()].filter(seenBy(caller)).map(this.#info),
    ];
    all.sort((one, other) => one.name.localeCompare(other.name) || (one.id < other.id ? -1 : 1));
    const from = (page - 1) * pageSize;
    return Promise.resolve({ items: all.slice(from, from + pageSize), total: all.length });
  }

  get(caller: Caller, id: string): Promise<SavedConnectionInfo> {
    const info = this.#find(caller, id);
    return info === undefined ? Promise.reject(noSuchConnection()) : Promise.resolve(info);
  }

  mayUse(caller: Caller, id: string): boolean {
    return this.#find(caller, id) !== undefined;
  }

  async create(caller: Caller, fields: ConnectionFields): Promise<SavedConnectionInfo> {
    const draft = applyFields(fields, undefined);
    this.#mayHave(caller, draft);
    return this.#inTurn(async () => {
      if (this.#known.size >= DEFAULTS.savedConnections) {
        const message = `there are ${DEFAULTS.savedConnections} connections, and no more can be saved`;
        throw new TidewatchError('limit_exceeded', message);
      }
      await this.#target(draft);
      const at = new Date(this.#options.wall());
      const row = { id: randomUUID(), ownerId: caller.userId, draft, at };
      const stored = await this.#write(draft, async (em) => {
        await this.#record(em, caller, 'connection.created', row);
        return this.#store.insert(em, row);
      });
      if (caller.userId !== undefined) this.#options.owners.note(caller.userId, caller.name);
      await this.#put(stored);
      return this.#info(stored);
    });
  }

  async update(
    caller: Caller,
    id: string,
    fields: ConnectionFields,
    version?: number,
  ): Promise<SavedConnectionInfo> {
    return this.#inTurn(async () => {
      const before = this.#owned(caller, id, version);
      refuseUnreadable(before, fields);
      const draft = applyFields(fields, before.draft);
      this.#mayHave(caller, draft);
      await this.#target(draft);
      const at = new Date(this.#options.wall());
      const stored = await this.#write(draft, async (em) => {
        await this.#record(em, caller, 'connection.changed', { id: before.id, draft });
        return this.#store.update(em, before.id, draft, at);
      });
      await this.#put(stored);
      if (draft.scope !== before.draft.scope) this.#announce('connection_changed', stored.id);
      return this.#info(stored);
    });
  }

  async remove(caller: Caller, id: string, version?: number): Promise<void> {
    await this.#inTurn(async () => {
      const before = this.#owned(caller, id, version);
      await this.#options.database.transaction(async (em) => {
        await this.#record(em, caller, 'connection.removed', before);
        await this.#store.remove(em, before.id);
      });
      this.#forget(before.id);
    });
  }

  /** Rows that were given to another account or removed by the one who ends the account. */
  async ownerChanged(ids: readonly string[]): Promise<void> {
    await this.#inTurn(async () => {
      for (const id of ids) {
        const stored = await this.#store.one(this.#options.database.em(), id);
        if (stored === undefined) this.#forget(id);
        else {
          await this.#put(stored);
          this.#announce('connection_changed', id);
        }
      }
    });
  }

  async test(
    caller: Caller,
    what: { id?: string; fields?: ConnectionFields; path?: string },
    signal: AbortSignal,
  ): Promise<ConnectionTest> {
    const { fields = {}, id, path = '' } = what;
    const before = id === undefined ? undefined : this.#seen(caller, id);
    // What is only looked at may not be led elsewhere by who does not own it.
    if (before !== undefined && Object.keys(fields).length > 0) this.#owned(caller, before.id);
    if (before?.unreadable !== undefined) throw before.unreadable;
    const name = before?.draft.name ?? fields.name ?? 'test';
    const draft = applyFields({ ...fields, name }, before?.draft);
    this.#mayHave(caller, { ...draft, scope: 'private' });
    return testTarget(await this.#target(draft), path, signal);
  }

  async entries(
    caller: Caller,
    id: string,
    path: string,
    signal: AbortSignal,
  ): Promise<AsyncIterable<readonly ListedEntry[]>> {
    const info = this.#find(caller, id);
    if (info === undefined) throw noSuchConnection();
    return listedEntries(this.#options.runtime, info.id, path, signal);
  }

  /** Connections of the command line, which everybody sees. */
  #temporary(): readonly SavedConnectionInfo[] {
    const { runtime } = this.#options;
    return runtime.connections
      .list()
      .filter(({ id }) => !this.#known.has(id))
      .map(withoutRoot);
  }

  #find(caller: Caller, id: string): SavedConnectionInfo | undefined {
    const stored = this.#known.get(canonicalUuid(id) ?? '');
    if (stored !== undefined) return seenBy(caller)(stored) ? this.#info(stored) : undefined;
    const temporary = this.#options.runtime.connections.get(id);
    return temporary === undefined || this.#known.has(temporary.id)
      ? undefined
      : withoutRoot(temporary);
  }

  #seen(caller: Caller, id: string): Stored {
    const stored = this.#known.get(canonicalUuid(id) ?? '');
    if (stored !== undefined && seenBy(caller)(stored)) return stored;
    if (this.#find(caller, id) === undefined) throw noSuchConnection();
    const message = 'connections that were given when the server was started cannot be changed';
    throw new TidewatchError('forbidden', message);
  }

  #owned(caller: Caller, id: string, version?: number): Stored {
    const stored = this.#seen(caller, id);
    const isOwner = stored.ownerId !== undefined && stored.ownerId === caller.userId;
    if (!isOwner && !caller.admin) {
      throw new TidewatchError('forbidden', 'only its owner and admins may change this connection');
    }
    if (version !== undefined && version !== stored.version) {
      const message = `the connection is at version ${stored.version}, not ${version}`;
      throw new TidewatchError('precondition_failed', message);
    }
    return stored;
  }

  /** A shared connection lends its account to everybody; a local one opens this machine. */
  #mayHave(caller: Caller, { scope, type }: Draft): void {
    if (caller.admin) return;
    if (type === 'local') {
      throw new TidewatchError('forbidden', 'only admins may connect to folders of this machine');
    }
    if (scope === 'shared') {
      throw new TidewatchError('forbidden', 'only admins may share connections with everybody');
    }
  }

  #target(draft: Draft): ReturnType<typeof targetOf> {
    return targetOf(draft, this.#options.roots, this.#options.addresses());
  }

  async #write({ name }: Draft, work: (em: EntityManager) => Promise<Stored>): Promise<Stored> {
    try {
      return await this.#options.database.transaction(work);
    } catch (error) {
      if (!(error instanceof UniqueConstraintViolationException)) throw error;
      const fields = { name: 'is the name of another connection of yours' };
      throw new TidewatchError('already_exists', `there is a connection ${name} already`, {
        ...{ cause: error, fields },
      });
    }
  }

  async #put(stored: Stored): Promise<void> {
    this.#known.set(stored.id, stored);
    const { runtime } = this.#options;
    const { id } = stored;
    try {
      if (stored.unreadable !== undefined) throw stored.unreadable;
      const connection = await this.#target(stored.draft);
      runtime.connections.put({ ...connection, id, scope: stored.draft.scope });
    } catch (err) {
      runtime.logger.error({ event: 'connection.unusable', id, err }, 'A connection leads nowhere');
      runtime.connections.remove(id);
    }
  }

  #forget(id: string): void {
    this.#known.delete(id);
    this.#options.runtime.connections.remove(id);
    this.#announce('connection_removed', id);
  }

  #announce(kind: 'connection_changed' | 'connection_removed', connectionId: string): void {
    this.#options.announce({ kind, connectionId });
  }

  readonly #info = (stored: Stored): SavedConnectionInfo => {
    const { ownerId } = stored;
    const owner = ownerId === undefined ? undefined : this.#options.owners.get(ownerId);
    return infoOf(stored, owner);
  };

  /** As part of the change, so that there is neither without the other. */
  async #record(
    em: EntityManager,
    caller: Caller,
    action: string,
    { draft, id }: Pick<Stored, 'draft' | 'id'>,
  ): Promise<void> {
    const { name, scope, type } = draft;
    const { address } = caller;
    await this.#options.audit.recordIn(em, {
      ...{ actor: caller.name, action, subject: id, outcome: 'ok' },
      ...(address !== undefined && { address }),
      details: { name, scope, type },
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#changing.then(work, work);
    this.#changing = turn.catch(() => undefined);
    return turn;
  }
}

/**
 * Admins do not see what others keep to themselves; what was saved without an account, as with the token
 * of the environment, belongs to them all.
 */
function seenBy(caller: Caller): (stored: Stored) => boolean {
  return ({ draft, ownerId }) =>
    draft.scope === 'shared' || (ownerId === undefined ? caller.admin : ownerId === caller.userId);
}

/** A change that keeps the secret would lose it. */
function refuseUnreadable({ unreadable }: Stored, fields: ConnectionFields): void {
  if (unreadable === undefined) return;
  if (fields.password !== undefined || fields.secret_key !== undefined) return;
  const message =
    'its secret cannot be read with the keys of this server and has to be given again';
  throw new TidewatchError('secret_required', message, { cause: unreadable });
}

/** No folder of this machine leaves the server. */
function withoutRoot({ root_path: _root, ...info }: ConnectionInfo): SavedConnectionInfo {
  return info;
}

function noSuchConnection(): TidewatchError {
  return new TidewatchError('not_found', 'there is no such connection');
}

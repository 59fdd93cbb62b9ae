import { randomUUID } from 'node:crypto';
import type {
  AccessChange,
  Caller,
  ConnectionFields,
  ConnectionTest,
  ListedEntry,
  Page,
  SavedConnectionInfo,
  SavedConnections,
  Slice,
} from '../../src/app/index.ts';
import { canonicalUuid } from '../../src/app/index.ts';
import { TidewatchError } from '../../src/errors/tidewatch-error.ts';
import type { FakeRuntime } from './fake-runtime.ts';
import { refused, slice } from './fake-accounts.ts';

interface Saved {
  info: SavedConnectionInfo;
  ownerId: string | undefined;
}

const MOMENT = '2026-01-01T12:00:00.000Z';
const TARGET = { type: 'smb', host: 'nas', port: 445, share: 'data', logon: {} } as const;

/** Saved connections in memory: others' private ones are seen and used by nobody else, admins included. */
export class FakeSavedConnections implements SavedConnections {
  /** What a listing gives, page by page. */
  pages: readonly (readonly ListedEntry[])[] = [];
  /** Instead of `pages`. */
  listing: ((signal: AbortSignal) => AsyncIterable<readonly ListedEntry[]>) | undefined;
  tested: { id?: string; fields?: ConnectionFields; path?: string } | undefined;
  readonly #saved = new Map<string, Saved>();
  readonly #runtime: FakeRuntime;
  readonly #canary: string;
  readonly #tell: (change: AccessChange) => void;

  constructor(runtime: FakeRuntime, canary: string, tell: (change: AccessChange) => void) {
    this.#runtime = runtime;
    this.#canary = canary;
    this.#tell = tell;
  }

  list(caller: Caller, page: Page): Promise<Slice<SavedConnectionInfo>> {
    const seen = [...this.#saved.values()].filter((one) => this.#sees(caller, one));
    return Promise.resolve(
      slice(
        seen.map(({ info }) => info),
        page,
      ),
    );
  }

  get(caller: Caller, id: string): Promise<SavedConnectionInfo> {
    return this.#find(caller, id).then(({ info }) => info);
  }

  mayUse(caller: Caller, id: string): boolean {
    const found = this.#saved.get(canonicalUuid(id) ?? '');
    return found !== undefined && this.#sees(caller, found);
  }

  async create(caller: Caller, fields: ConnectionFields): Promise<SavedConnectionInfo> {
    const { name, scope = 'private', type = 'smb' } = fields;
    if (name === undefined) {
      return refused('invalid_argument', 'name is missing', { fields: { name: 'is missing' } });
    }
    if (type === 'local' && !caller.admin) return refused('forbidden', 'local is for admins');
    const base = { id: randomUUID(), name, type, scope, read_only: false, owner: caller.name };
    const info = { ...base, ...this.#kept(fields), created_at: MOMENT, version: 1 };
    return Promise.resolve(this.#keep(info, caller.userId));
  }

  async update(
    caller: Caller,
    id: string,
    fields: ConnectionFields,
    version?: number,
  ): Promise<SavedConnectionInfo> {
    const { info, ownerId } = await this.#find(caller, id);
    if (version !== undefined && version !== info.version) {
      throw new TidewatchError('precondition_failed', 'somebody else changed it');
    }
    if (fields.host !== undefined && fields.password === undefined) {
      const missing = { password: 'is needed' };
      throw new TidewatchError('secret_required', 'send it again', { fields: missing });
    }
    const { name = info.name, scope = info.scope } = fields;
    const changed = { ...info, name, scope, version: (info.version ?? 0) + 1 };
    this.#keep({ ...changed, ...this.#kept(fields) }, ownerId);
    this.#tell({ kind: 'connection_changed', connectionId: info.id });
    return (await this.#find({ name: 'test', admin: true }, info.id, true)).info;
  }

  async remove(caller: Caller, id: string, version?: number): Promise<void> {
    const { info } = await this.#find(caller, id);
    if (version !== undefined && version !== info.version) {
      throw new TidewatchError('precondition_failed', 'somebody else changed it');
    }
    this.#saved.delete(info.id);
    this.#runtime.connections.remove(info.id);
    this.#tell({ kind: 'connection_removed', connectionId: info.id });
  }

  /** Whose it is from now on. */
  give(id: string, ownerId: string): void {
    const found = this.#saved.get(id);
    if (found !== undefined) found.ownerId = ownerId;
    this.#tell({ kind: 'connection_changed', connectionId: id });
  }

  async test(
    caller: Caller,
    what: { id?: string; fields?: ConnectionFields; path?: string },
  ): Promise<ConnectionTest> {
    if (what.id !== undefined) await this.#find(caller, what.id);
    this.tested = what;
    const answer = {
      ok: true,
      stages: [
        { stage: 'dns', outcome: 'ok', ok: true, ms: 0.4, address: this.#canary },
        { stage: 'notify', outcome: 'unverified', ok: true, ms: 3 },
      ] as const,
      ...{ dialect: '3.1.1', limits: { maxReadSize: 8_388_608 }, session_key: this.#canary },
    };
    return answer;
  }

  async entries(
    caller: Caller,
    id: string,
    path: string,
    signal: AbortSignal,
  ): Promise<AsyncIterable<readonly ListedEntry[]>> {
    await this.#find(caller, id);
    if (path === 'missing') {
      throw new TidewatchError('not_found', `/srv/${this.#canary}/missing: no such directory`);
    }
    return this.listing?.(signal) ?? ReadableStream.from(this.pages);
  }

  count(userId: string): number {
    return [...this.#saved.values()].filter(({ ownerId }) => ownerId === userId).length;
  }

  transfer(from: string, to: string): void {
    for (const [id, { ownerId }] of this.#saved) if (ownerId === from) this.give(id, to);
  }

  purge(userId: string): void {
    for (const [id, { ownerId }] of this.#saved) if (ownerId === userId) this.#saved.delete(id);
  }

  #sees(caller: Caller, { info, ownerId }: Saved): boolean {
    return info.scope === 'shared' || (ownerId !== undefined && ownerId === caller.userId);
  }

  async #find(caller: Caller, id: string, always = false): Promise<Saved> {
    const found =
      this.#saved.get(canonicalUuid(id) ?? '') ??
      [...this.#saved.values()].find(({ info }) => info.name === id);
    if (found !== undefined && (always || this.#sees(caller, found))) return Promise.resolve(found);
    throw new TidewatchError('not_found', 'there is no such connection');
  }

  #kept({ host, password, root_path: root }: ConnectionFields): Partial<SavedConnectionInfo> {
    return {
      ...(typeof host === 'string' ? { host } : {}),
      ...(typeof root === 'string' ? { root_path: root } : {}),
      has_password: typeof password === 'string',
    };
  }

  #keep(info: SavedConnectionInfo, ownerId: string | undefined): SavedConnectionInfo {
    const kept = { ...info, secrets: this.#canary, key_id: this.#canary } as SavedConnectionInfo;
    this.#saved.set(info.id, { info: kept, ownerId });
    const { id, name, scope } = info;
    this.#runtime.connections.put({ id, scope, name, target: TARGET, pathPrefix: '' });
    return kept;
  }
}

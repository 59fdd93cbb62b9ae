import type {
  Audit,
  AuditRecord,
  Caller,
  Services,
  SettingInfo,
  Settings,
} from '../../src/app/index.ts';
import { TidewatchError } from '../../src/errors/tidewatch-error.ts';
import { FakeAccounts } from './fake-accounts.ts';
import type { FakeRuntime } from './fake-runtime.ts';
import { FakeSavedConnections } from './fake-saved-connections.ts';

/** Stands for everything that must not leave: hashes, ciphertexts, keys, places of the server. */
export const CANARY = 'QZcanary';

/** Services in memory, honest about who sees what; what they give carries more than it should. */
export class FakeServices implements Services {
  readonly accounts: FakeAccounts;
  readonly connections: FakeSavedConnections;
  readonly settings = new FakeSettings();
  readonly audit = new FakeAudit();

  constructor(runtime: FakeRuntime, wall: () => number) {
    this.accounts = new FakeAccounts(CANARY, wall);
    this.connections = new FakeSavedConnections(runtime, CANARY, (change) => {
      this.accounts.tell(change);
    });
    this.accounts.owned = this.connections;
  }
}

class FakeSettings implements Settings {
  #interval: unknown = 10;

  list(): readonly SettingInfo[] {
    const secret = { key: 'transcription.api_key', value: CANARY, has_value: true };
    const common = { default: null, source: 'database', description: 'A setting.' } as const;
    return [
      { key: 'watch.verify_interval_minutes', value: this.#interval, ...common, default: 10 },
      { ...secret, ...common, sealed: CANARY } as SettingInfo,
    ];
  }

  update(_by: Caller, values: Readonly<Record<string, unknown>>): Promise<readonly SettingInfo[]> {
    for (const [key, value] of Object.entries(values)) {
      if (key !== 'watch.verify_interval_minutes') {
        const fields = { [key]: `${key} is no setting` };
        const error = new TidewatchError('invalid_argument', `${key} is no setting`, { fields });
        return Promise.reject(error);
      }
      this.#interval = value ?? 10;
    }
    return Promise.resolve(this.list());
  }

  value(key: string): unknown {
    return this.list().find((one) => one.key === key)?.value;
  }

  onChange(): () => void {
    return () => undefined;
  }
}

class FakeAudit implements Audit {
  readonly records: AuditRecord[] = [];

  record(entry: Omit<AuditRecord, 'id' | 'at'>): Promise<void> {
    const id = String(this.records.length + 1);
    this.records.unshift({ ...entry, id, at: '2026-01-01T12:00:00.000Z' });
    return Promise.resolve();
  }

  list({
    action,
    after,
    limit,
  }: {
    after?: string;
    limit: number;
    action?: string;
  }): Promise<readonly AuditRecord[]> {
    const wanted = this.records.filter((one) => action === undefined || one.action === action);
    const from = after === undefined ? 0 : wanted.findIndex(({ id }) => id === after) + 1;
    return Promise.resolve(
      wanted.slice(from, from + limit).map((one) => ({ ...one, sealed: CANARY }) as AuditRecord),
    );
  }
}

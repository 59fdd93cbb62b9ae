import type { Database } from '../../db/database.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { SecretBox } from '../../secrets/secret-box.ts';
import type { AuditTrail } from '../audit/audit-trail.ts';
import { actorOf, requireAdmin } from '../caller.ts';
import type { Caller } from '../caller.ts';
import { Listeners } from '../listeners.ts';
import { BoundedWork } from '../passwords/bounded-work.ts';
import type { World } from '../world.ts';
import { SETTINGS } from './setting-definitions.ts';
import type { SettingDefinition } from './setting-definitions.ts';
import { checkSetting, checkVariable, isSecret, settingVariable } from './setting-values.ts';
import type { SettingValue } from './setting-values.ts';
import { readSettings, writeSettings } from './stored-settings.ts';
import type { Written } from './stored-settings.ts';

export interface SettingInfo {
  readonly key: string;
  /** Absent for secrets. */
  readonly value?: unknown;
  /** Of secrets. */
  readonly has_value?: boolean;
  readonly default: unknown;
  readonly source: 'default' | 'database' | 'environment';
  readonly description: string;
}

export interface SettingsOptions extends World {
  readonly db: Database;
  readonly box: SecretBox;
  readonly audit: AuditTrail;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Settings of this start alone; they win over the environment and are not stored. */
  readonly startValues?: Readonly<Record<string, unknown>>;
  /** Tests bring their own. */
  readonly definitions?: readonly SettingDefinition[];
}

/** Settings: read from memory, changed in the database, told to those who listen. */
export class SettingsStore {
  readonly #options: SettingsOptions;
  readonly #definitions: ReadonlyMap<string, SettingDefinition>;
  /** Of the start and the environment: nobody changes these while it runs. */
  readonly #fixed: ReadonlyMap<string, SettingValue>;
  readonly #changes: Listeners<readonly string[]>;
  /** One change after another, so that memory and database agree on which was last. */
  readonly #turns = new BoundedWork({ running: 1, waiting: 100 }, () => {
    return new TidewatchError('unavailable', 'too many changes of settings wait');
  });
  #stored: ReadonlyMap<string, SettingValue> = new Map();

  private constructor(options: SettingsOptions) {
    const { definitions = SETTINGS, logger } = options;
    this.#options = options;
    this.#definitions = new Map(definitions.map((one) => [one.key, one]));
    this.#fixed = fixedValues(this.#definitions, options);
    this.#changes = new Listeners(logger);
  }

  /** @throws TidewatchError `invalid_argument` when the environment has a value that cannot be. */
  static async open(options: SettingsOptions): Promise<SettingsStore> {
    const settings = new SettingsStore(options);
    const { box, db, logger } = options;
    settings.#stored = await readSettings(db.em(), settings.#definitions, box, logger);
    return settings;
  }

  /** By key. */
  list(): readonly SettingInfo[] {
    const keys = Array.from(this.#definitions.keys()).toSorted();
    return keys.map((key) => this.#info(this.#definition(key)));
  }

  /** The value that counts now. Throws `internal_error` for a setting that does not exist. */
  value(key: string): SettingValue {
    return this.#effective(this.#definition(key));
  }

  /** Returns how to stop listening. */
  onChange(listener: (keys: readonly string[]) => void): () => void {
    return this.#changes.add(listener);
  }

  /**
   * All or nothing; `null` goes back to the default. Resolves with all settings.
   *
   * @throws TidewatchError `forbidden`, `invalid_argument` with a sentence for each setting at fault.
   */
  async update(
    by: Caller,
    values: Readonly<Record<string, unknown>>,
  ): Promise<readonly SettingInfo[]> {
    requireAdmin(by);
    const written = this.#check(values);
    if (written.length > 0) await this.#turns.run(() => this.#write(by, written));
    return this.list();
  }

  async #write(by: Caller, written: readonly Written[]): Promise<void> {
    const { audit, box, clock, db } = this.#options;
    const stored = new Map(this.#stored);
    for (const { definition, value } of written) {
      if (value === null) stored.delete(definition.key);
      else stored.set(definition.key, value);
    }
    const details = written.map(({ definition, value }) => {
      const { key } = definition;
      return isSecret(definition)
        ? { setting: key, set: value !== null }
        : { setting: key, from: this.#stored.get(key) ?? null, to: value };
    });
    await db.transaction(async (em) => {
      await writeSettings(em, written, { name: by.name, at: new Date(clock.wall()) }, box);
      await audit.recordIn(em, {
        ...actorOf(by),
        ...{ action: 'settings.update', outcome: 'ok', details: { changes: details } },
      });
    });
    const before = this.#stored;
    this.#stored = stored;
    const keys = written.map(({ definition }) => definition.key);
    const changed = keys.filter((key) => before.get(key) !== stored.get(key));
    if (changed.length > 0) this.#changes.tell(changed);
  }

  #check(values: Readonly<Record<string, unknown>>): readonly Written[] {
    const written: Written[] = [];
    const fields: [string, string][] = [];
    for (const [key, value] of Object.entries(values)) {
      const definition = this.#definitions.get(key);
      if (definition === undefined) fields.push([key, 'is no setting']);
      else if (this.#fixed.has(key)) {
        fields.push([key, `is set by ${settingVariable(key)} or at the start`]);
      } else if (value === null) written.push({ definition, value });
      else {
        const checked = checkSetting(definition, value);
        if ('fault' in checked) fields.push([key, checked.fault]);
        else written.push({ definition, value: checked.value });
      }
    }
    if (fields.length === 0) return written;
    const message = fields.map(([key, fault]) => `${key.slice(0, 100)} ${fault}`).join('; ');
    throw new TidewatchError('invalid_argument', message, { fields: Object.fromEntries(fields) });
  }

  #info(definition: SettingDefinition): SettingInfo {
    const { description, key } = definition;
    const value = this.#effective(definition);
    const shown = isSecret(definition) ? { has_value: value !== null } : { value };
    return { key, ...shown, default: definition.default, source: this.#source(key), description };
  }

  #source(key: string): SettingInfo['source'] {
    if (this.#fixed.has(key)) return 'environment';
    return this.#stored.has(key) ? 'database' : 'default';
  }

  #effective(definition: SettingDefinition): SettingValue {
    const { key } = definition;
    return this.#fixed.get(key) ?? this.#stored.get(key) ?? definition.default;
  }

  #definition(key: string): SettingDefinition {
    const definition = this.#definitions.get(key);
    if (definition !== undefined) return definition;
    throw new TidewatchError('internal_error', `there is no setting ${key}`);
  }
}

function fixedValues(
  definitions: ReadonlyMap<string, SettingDefinition>,
  { env, startValues = {} }: SettingsOptions,
): ReadonlyMap<string, SettingValue> {
  const fixed = new Map<string, SettingValue>();
  for (const [key, definition] of definitions) {
    const variable = settingVariable(key);
    const text = env[variable];
    if (text === undefined || text === '') continue;
    const checked = checkVariable(definition, text);
    // The value may be a secret, so the message has nothing of it.
    if ('fault' in checked) throw invalid(`${variable} ${checked.fault}`);
    fixed.set(key, checked.value);
  }
  for (const [key, value] of Object.entries(startValues)) {
    const definition = definitions.get(key);
    if (definition === undefined) throw invalid(`${key} is no setting`);
    const checked = checkSetting(definition, value);
    if ('fault' in checked) throw invalid(`${key} ${checked.fault}`);
    fixed.set(key, checked.value);
  }
  return fixed;
}

function invalid(message: string): TidewatchError {
  return new TidewatchError('invalid_argument', message);
}

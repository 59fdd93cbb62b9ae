import type { EntityManager } from '../../db/database.ts';
import { SystemSetting } from '../../db/entities/index.ts';
import type { SealedPlace, SecretBox } from '../../secrets/secret-box.ts';
import type { Logger } from '../world.ts';
import type { SettingDefinition } from './setting-definitions.ts';
import { checkSetting, isSecret } from './setting-values.ts';
import type { SettingValue } from './setting-values.ts';

/** The row of a secret setting, as what is sealed is bound to it. */
export function settingPlace(key: string): SealedPlace {
  return { table: 'system_setting', column: 'sealed', row: key };
}

/**
 * What the database has of settings. What a newer or older version stored and this one cannot use
 * counts as not set, and stays where it is.
 */
export async function readSettings(
  em: EntityManager,
  definitions: ReadonlyMap<string, SettingDefinition>,
  box: SecretBox,
  logger: Logger,
): Promise<Map<string, SettingValue>> {
  const values = new Map<string, SettingValue>();
  for (const row of await em.find(SystemSetting, {})) {
    const definition = definitions.get(row.key);
    if (definition === undefined) continue;
    const place = settingPlace(row.key);
    const { sealed } = row;
    const stored =
      sealed === null || sealed === undefined ? row.value : box.openText(sealed, place);
    const checked = checkSetting(definition, stored);
    if ('value' in checked) values.set(row.key, checked.value);
    else {
      const fields = { event: 'settings.ignored', setting: row.key, fault: checked.fault };
      logger.warn(fields, 'a stored setting cannot be used; its default counts');
    }
  }
  return values;
}

export interface Written {
  readonly definition: SettingDefinition;
  /** Null: back to the default. */
  readonly value: SettingValue;
}

/** Secrets are sealed before they get to the database. */
export async function writeSettings(
  em: EntityManager,
  written: readonly Written[],
  by: { readonly name: string; readonly at: Date },
  box: SecretBox,
): Promise<void> {
  for (const { definition, value } of written) {
    const { key } = definition;
    if (value === null) {
      await em.nativeDelete(SystemSetting, { key });
      continue;
    }
    const secret = isSecret(definition);
    const sealed = secret ? box.seal(String(value), settingPlace(key)) : null;
    await em.upsert(SystemSetting, {
      key,
      value: secret ? null : value,
      sealed,
      keyId: secret ? box.ring.newest.id : null,
      updatedAt: by.at,
      updatedBy: by.name,
    });
  }
}

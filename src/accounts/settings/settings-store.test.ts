import { describe, expect, it } from 'vitest';
import { eachDatabase } from '../../../test/support/test-database.ts';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import { QuietLogger } from '../../../test/support/quiet-logger.ts';
import type { Database } from '../../db/database.ts';
import { SystemSetting } from '../../db/entities/index.ts';
import { KeyRing } from '../../secrets/key-ring.ts';
import { SecretBox } from '../../secrets/secret-box.ts';
import { secretKey } from '../../secrets/secret-key.ts';
import { AuditTrail } from '../audit/audit-trail.ts';
import type { Caller } from '../caller.ts';
import { SETTINGS } from './setting-definitions.ts';
import type { SettingDefinition } from './setting-definitions.ts';
import { SettingsStore } from './settings-store.ts';
import type { SettingsOptions } from './settings-store.ts';

const ADMIN: Caller = { name: 'ann', admin: true };
const box = new SecretBox(new KeyRing([secretKey(Buffer.alloc(32, 1))]));
const SECRET: SettingDefinition = {
  ...{ key: 'transcription.api_key', type: 'text', default: null, secret: true },
  description: 'A key.',
};

function openSettings(db: Database, more: Partial<SettingsOptions> = {}): Promise<SettingsStore> {
  const clock = new ManualClock();
  const audit = new AuditTrail(db, clock);
  const definitions = [...SETTINGS, SECRET];
  return SettingsStore.open({
    ...{ db, box, audit, clock, logger: new QuietLogger(), env: {}, definitions },
    ...more,
  });
}

function infoOf(settings: SettingsStore, key: string) {
  return settings.list().find((one) => one.key === key);
}

eachDatabase('settings', (open) => {
  it('count at once, are told, and outlive a restart', async () => {
    const db = await open();
    const settings = await openSettings(db);
    const told: (readonly string[])[] = [];
    const stop = settings.onChange((keys) => void told.push(keys));
    expect(infoOf(settings, 'retry.max_attempts')).toEqual({
      key: 'retry.max_attempts',
      value: 0,
      default: 0,
      source: 'default',
      description: expect.any(String) as string,
    });
    const values = { 'retry.max_attempts': 7, 'network.allow_private_hosts': false };
    const list = await settings.update(ADMIN, values);
    expect(list.find(({ key }) => key === 'retry.max_attempts')).toMatchObject({
      value: 7,
      source: 'database',
    });
    expect(settings.value('network.allow_private_hosts')).toBe(false);
    expect(told).toEqual([['retry.max_attempts', 'network.allow_private_hosts']]);
    // What stays the same is no change.
    await settings.update(ADMIN, { 'retry.max_attempts': 7 });
    expect(told).toHaveLength(1);

    const again = await openSettings(db);
    expect(again.value('retry.max_attempts')).toBe(7);
    expect(again.value('network.allow_private_hosts')).toBe(false);
    await settings.update(ADMIN, { 'retry.max_attempts': null });
    expect(infoOf(settings, 'retry.max_attempts')).toMatchObject({ value: 0, source: 'default' });
    expect(told.at(-1)).toEqual(['retry.max_attempts']);
    stop();
    await settings.update(ADMIN, { 'retry.max_attempts': 3 });
    expect(told).toHaveLength(2);
  });

  it('change all together or not at all, with a sentence for each that is wrong', async () => {
    const db = await open();
    const settings = await openSettings(db);
    const update = settings.update(ADMIN, {
      'retry.max_attempts': 7,
      'cache.watch_budget': -1,
      'network.allow_private_hosts': 'no',
      'no.such': 1,
    });
    await expect(update).rejects.toMatchObject({
      code: 'invalid_argument',
      fields: {
        'cache.watch_budget': 'must be a whole number from 0 to 100000',
        'network.allow_private_hosts': 'must be true or false',
        'no.such': 'is no setting',
      },
    });
    expect(settings.value('retry.max_attempts')).toBe(0);
    expect(await db.em().count(SystemSetting)).toBe(0);
    const asked = settings.update({ name: 'bob', admin: false }, { 'retry.max_attempts': 1 });
    await expect(asked).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('keep a secret sealed: it goes in, is used, and never comes out', async () => {
    const db = await open();
    const settings = await openSettings(db);
    await settings.update(ADMIN, { [SECRET.key]: 'hunter2hunter2' });
    expect(settings.value(SECRET.key)).toBe('hunter2hunter2');
    expect(infoOf(settings, SECRET.key)).toEqual({
      ...{ key: SECRET.key, has_value: true, default: null, source: 'database' },
      description: 'A key.',
    });
    const again = await openSettings(db);
    expect(again.value(SECRET.key)).toBe('hunter2hunter2');
    expect(JSON.stringify(again.list())).not.toContain('hunter2');
    const row = await db.em().findOneOrFail(SystemSetting, { key: SECRET.key });
    expect(row.value).toBeNull();
    expect(row.keyId).toBe(box.ring.newest.id);
    expect(Buffer.from(row.sealed as Uint8Array).includes('hunter2')).toBe(false);
    const records = await new AuditTrail(db, new ManualClock()).list({ limit: 10 });
    expect(JSON.stringify(records)).not.toContain('hunter2');
    expect(records[0]).toMatchObject({
      ...{ actor: 'ann', action: 'settings.update' },
      details: { changes: [{ setting: SECRET.key, set: true }] },
    });
    await settings.update(ADMIN, { [SECRET.key]: null });
    expect(infoOf(settings, SECRET.key)).toMatchObject({ has_value: false, source: 'default' });
  });

  it('come from the start and the environment first, and are not stored then', async () => {
    const db = await open();
    await (await openSettings(db)).update(ADMIN, { 'retry.max_attempts': 7 });
    const settings = await openSettings(db, {
      env: {
        TIDEWATCH_RETRY_MAX_ATTEMPTS: '9',
        TIDEWATCH_CACHE_WATCH_BUDGET: '',
        TIDEWATCH_NETWORK_ALLOW_LOOPBACK_HOSTS: 'false',
        TIDEWATCH_TRANSCRIPTION_API_KEY: 'hunter2',
      },
      startValues: { 'network.allow_loopback_hosts': true },
    });
    expect(settings.value('network.allow_loopback_hosts')).toBe(true);
    expect(infoOf(settings, 'retry.max_attempts')).toMatchObject({
      ...{ value: 9, source: 'environment' },
    });
    expect(infoOf(settings, 'cache.watch_budget')).toMatchObject({ source: 'default' });
    expect(infoOf(settings, SECRET.key)).toMatchObject({ has_value: true, source: 'environment' });
    expect(JSON.stringify(settings.list())).not.toContain('hunter2');
    await expect(settings.update(ADMIN, { 'retry.max_attempts': 1 })).rejects.toMatchObject({
      fields: {
        'retry.max_attempts': 'is set by TIDEWATCH_RETRY_MAX_ATTEMPTS or at the start',
      },
    });
    const without = await openSettings(db);
    expect(without.value('retry.max_attempts')).toBe(7);
    expect(without.value('network.allow_loopback_hosts')).toBe(false);
  });

  it('that cannot be used are ignored with a warning, and kept', async () => {
    const db = await open();
    const row = { value: 'often', updatedAt: new Date(), updatedBy: 'ann' };
    await db.em().insert(SystemSetting, { key: 'retry.max_attempts', ...row });
    await db.em().insert(SystemSetting, { key: 'of.tomorrow', ...row });
    const logger = new QuietLogger();
    const settings = await openSettings(db, { logger });
    expect(settings.value('retry.max_attempts')).toBe(0);
    expect(logger.complaints).toEqual(['a stored setting cannot be used; its default counts']);
    expect(await db.em().count(SystemSetting)).toBe(2);
  });

  it('agree with the database after many changes at once', async () => {
    const db = await open();
    const settings = await openSettings(db);
    const values = Array.from({ length: 20 }, (_, index) => index);
    await Promise.all(values.map((each) => settings.update(ADMIN, { 'retry.max_attempts': each })));
    const again = await openSettings(db);
    expect(again.value('retry.max_attempts')).toBe(settings.value('retry.max_attempts'));
  });
});

describe('a start with a setting that cannot be', () => {
  const unused = {} as Database;

  it('is refused, without repeating the value', async () => {
    const env = { TIDEWATCH_RETRY_MAX_ATTEMPTS: 'hunter2' };
    await expect(openSettings(unused, { env })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: 'TIDEWATCH_RETRY_MAX_ATTEMPTS must be a whole number from 0 to 1000000',
    });
    const startValues = { 'no.such': 1 };
    await expect(openSettings(unused, { startValues })).rejects.toMatchObject({
      code: 'invalid_argument',
    });
  });
});

import { describe, expect, it } from 'vitest';
import { SETTINGS } from './setting-definitions.ts';
import type { SettingDefinition } from './setting-definitions.ts';
import { checkSetting, checkVariable, settingVariable } from './setting-values.ts';
import type { Checked } from './setting-values.ts';

const described = { key: 'a.b', description: 'For tests.' };
const FLAG: SettingDefinition = { ...described, type: 'boolean', default: false };
const COUNT: SettingDefinition = { ...described, type: 'integer', default: 5, min: 1, max: 10 };
const TEXT: SettingDefinition = { ...described, type: 'text', default: null };

function faultOf(checked: Checked): string | undefined {
  return 'fault' in checked ? checked.fault : undefined;
}

describe('the value of a setting', () => {
  it.each([
    [FLAG, true],
    [FLAG, false],
    [COUNT, 1],
    [COUNT, 10],
    [TEXT, 'x'],
  ])('can be what fits: %#', (definition, value) => {
    expect(checkSetting(definition, value)).toEqual({ value });
  });

  it.each([
    [FLAG, 'true'],
    [FLAG, 1],
    [FLAG, undefined],
    [COUNT, 0],
    [COUNT, 11],
    [COUNT, 1.5],
    [COUNT, '5'],
    [COUNT, Number.NaN],
    [COUNT, true],
    [TEXT, ''],
    [TEXT, 5],
    [TEXT, {}],
    [TEXT, '\0'],
    [TEXT, '\uD800'],
    [TEXT, 'x'.repeat(2_001)],
  ])('cannot be what does not: %#', (definition, value) => {
    expect(faultOf(checkSetting(definition, value))).toMatch(/^must /);
  });

  it.each([
    [FLAG, 'true', true],
    [FLAG, ' ON ', true],
    [FLAG, '0', false],
    [COUNT, '7', 7],
    [TEXT, 'true', 'true'],
  ])('is read from a variable: %#', (definition, text, value) => {
    expect(checkVariable(definition, text)).toEqual({ value });
  });

  it.each([
    [FLAG, 'perhaps'],
    [COUNT, '7.5'],
    [COUNT, '0x7'],
    [COUNT, '11'],
    [COUNT, '1e1'],
  ])('is not read from a variable that does not fit: %#', (definition, text) => {
    expect(faultOf(checkVariable(definition, text))).toMatch(/^must /);
  });
});

describe('each setting', () => {
  it.each(SETTINGS.map((one) => [one.key, one] as const))(
    '%s has a default that it could be set to, and a sentence',
    (key, definition) => {
      expect(key).toMatch(/^[a-z]+\.[a-z_]+$/);
      expect(checkSetting(definition, definition.default)).toEqual({ value: definition.default });
      expect(definition.description).toMatch(/^[A-Z].*\.$/);
    },
  );

  it('has a key and a variable of its own', () => {
    const variables = SETTINGS.map(({ key }) => settingVariable(key));
    expect(new Set(variables).size).toBe(SETTINGS.length);
    expect(settingVariable('retry.max_attempts')).toBe('TIDEWATCH_RETRY_MAX_ATTEMPTS');
  });
});

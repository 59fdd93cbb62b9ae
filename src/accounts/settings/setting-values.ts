import { DEFAULTS } from '../../defaults.ts';
import type { SettingDefinition } from './setting-definitions.ts';

export type SettingValue = boolean | number | string | null;

/** A value that a setting can have, or what is wrong with it, as a sentence. */
export type Checked = { readonly value: SettingValue } | { readonly fault: string };

/** Checks a value as JSON has it. */
export function checkSetting(definition: SettingDefinition, value: unknown): Checked {
  switch (definition.type) {
    case 'boolean':
      return typeof value === 'boolean' ? { value } : { fault: 'must be true or false' };
    case 'integer': {
      const { max, min } = definition;
      const fits = typeof value === 'number' && Number.isInteger(value);
      if (fits && value >= min && value <= max) return { value };
      return { fault: `must be a whole number from ${min} to ${max}` };
    }
    case 'text':
      return checkText(value);
  }
}

/** Checks a value as the environment has it: a text. */
export function checkVariable(definition: SettingDefinition, text: string): Checked {
  const word = text.trim().toLowerCase();
  switch (definition.type) {
    case 'boolean':
      if (['true', '1', 'yes', 'on'].includes(word)) return { value: true };
      if (['false', '0', 'no', 'off'].includes(word)) return { value: false };
      return { fault: 'must be true or false' };
    case 'integer':
      return checkSetting(definition, /^-?\d{1,15}$/.test(word) ? Number(word) : text);
    case 'text':
      return checkSetting(definition, text);
  }
}

/** The variable of the environment that sets a setting: `TIDEWATCH_RETRY_MAX_ATTEMPTS`. */
export function settingVariable(key: string): string {
  return `TIDEWATCH_${key.toUpperCase().replaceAll('.', '_')}`;
}

export function isSecret(definition: SettingDefinition): boolean {
  return definition.type === 'text' && definition.secret === true;
}

function checkText(value: unknown): Checked {
  const { settingTextChars } = DEFAULTS;
  if (typeof value !== 'string' || value === '') return { fault: 'must be a text' };
  if (value.length > settingTextChars) {
    return { fault: `must have ${settingTextChars} characters at most` };
  }
  if (!value.isWellFormed() || value.includes('\0')) {
    return { fault: 'must consist of Unicode characters' };
  }
  return { value };
}

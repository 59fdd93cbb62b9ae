import { resolve } from 'node:path';
import { DEFAULTS } from '../defaults.ts';
import type { CommandContext } from './context.ts';

/** Which database the options and the environment name. */
export function databasePlace(
  chosen: string | undefined,
  env: CommandContext['env'],
): { readonly dataDir: string; readonly databaseUrl: string | undefined } {
  const url = env['DATABASE_URL'];
  return { dataDir: dataDirOf(chosen, env), databaseUrl: url === '' ? undefined : url };
}

/** Absolute: where it is must not depend on where the process goes. */
export function dataDirOf(chosen: string | undefined, env: CommandContext['env']): string {
  const variable = env['TIDEWATCH_DATA_DIR'];
  const named = variable === undefined || variable === '' ? DEFAULTS.dataDir : variable;
  return resolve(chosen ?? named);
}

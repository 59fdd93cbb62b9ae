import type { CommandContext } from './context.ts';
import { UsageError } from './failure.ts';
import { askUnseen, readPasswordFile } from './password.ts';

export const PASSPHRASE_VARIABLE = 'TIDEWATCH_BACKUP_PASSPHRASE';

/** Options of the commands that a passphrase belongs to. */
export interface PassphraseOptions {
  readonly passphraseFile?: string;
  readonly withoutKey?: boolean;
}

/** What help says about where the passphrase comes from. */
export const PASSPHRASE_SOURCES =
  'the first line of --passphrase-file, else the environment variable ' +
  `${PASSPHRASE_VARIABLE}, else what is typed on a terminal`;

/**
 * A passphrase to put keys under; undefined when nobody gives one.
 *
 * @throws UsageError when what was typed twice differs, or the file cannot be read.
 */
export async function newPassphrase(
  options: PassphraseOptions,
  context: CommandContext,
): Promise<string | undefined> {
  if (options.withoutKey === true) return undefined;
  const given = await givenPassphrase(options, context);
  if (given !== undefined || !canAsk(context)) return given;
  const prompts = ['Passphrase for the secret key (empty: without the key): ', 'The same again: '];
  const [first = '', second] = await askUnseen(prompts, context.terminal, context.signal);
  if (first !== second) throw new UsageError('the two passphrases differ');
  return first === '' ? undefined : first;
}

/**
 * The passphrase of a backup that has keys; undefined when they are to be left out.
 *
 * @throws UsageError when there is none and nobody can be asked.
 */
export async function passphraseOf(
  options: PassphraseOptions,
  context: CommandContext,
): Promise<string | undefined> {
  if (options.withoutKey === true) return undefined;
  const given = await givenPassphrase(options, context);
  if (given !== undefined) return given;
  if (!canAsk(context)) {
    throw new UsageError(
      'the backup has a secret key: give its passphrase with --passphrase-file FILE, in ' +
        `${PASSPHRASE_VARIABLE}, or run this on a terminal to be asked; or leave the key out ` +
        'with --without-key',
    );
  }
  const prompts = ['Passphrase of the backup: '];
  const [typed = ''] = await askUnseen(prompts, context.terminal, context.signal);
  return typed;
}

async function givenPassphrase(
  { passphraseFile }: PassphraseOptions,
  { env }: CommandContext,
): Promise<string | undefined> {
  if (passphraseFile !== undefined) return await readPasswordFile(passphraseFile);
  const variable = env[PASSPHRASE_VARIABLE];
  return variable === '' ? undefined : variable;
}

function canAsk({ terminal }: CommandContext): boolean {
  return terminal.input.isTTY === true && terminal.output.isTTY === true;
}

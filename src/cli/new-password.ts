import type { CommandContext } from './context.ts';
import { UsageError } from './failure.ts';
import { printable } from './output.ts';
import { askUnseen, readPasswordFile } from './password.ts';

export const NEW_PASSWORD_VARIABLE = 'TIDEWATCH_USER_PASSWORD';

/**
 * A password to set: from a file, the environment, or the person at the terminal, who is asked twice.
 * Never from an argument, which others on the machine can read.
 *
 * @throws UsageError when there is none, or the two differ.
 */
export async function newPassword(
  username: string,
  file: string | undefined,
  { env, signal, terminal }: CommandContext,
): Promise<string> {
  if (file !== undefined) return readPasswordFile(file);
  const given = env[NEW_PASSWORD_VARIABLE];
  if (given !== undefined && given !== '') return given;
  const { input, output } = terminal;
  if (input.isTTY !== true || output.isTTY !== true) {
    throw new UsageError(
      `no password for ${printable(username)}: give it with --password-file FILE, in ` +
        `${NEW_PASSWORD_VARIABLE}, or run this on a terminal to be asked`,
    );
  }
  const prompts = [`New password of ${printable(username)}: `, 'The same again: '];
  const [first = '', second] = await askUnseen(prompts, terminal, signal);
  if (first !== second) throw new UsageError('the two passwords differ');
  return first;
}

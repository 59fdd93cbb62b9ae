import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Writable } from 'node:stream';
import { UsageError } from './failure.ts';
import { printable } from './output.ts';
import type { SmbLocation } from '../app/location.ts';

/** Where a password may come from. */
export interface PasswordSources {
  /** Given with --password-file. */
  readonly file?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Name of the variable of the environment; default `TIDEWATCH_SMB_PASSWORD`. */
  readonly variable?: string;
  readonly terminal: Terminal;
}

/** Where a person may be asked. */
export interface Terminal {
  readonly input: Readable & { isTTY?: boolean };
  /** What is written to, standard error: results are none of the prompt. */
  readonly output: Writable & { isTTY?: boolean };
}

export const PASSWORD_VARIABLE = 'TIDEWATCH_SMB_PASSWORD';

/**
 * The password for a location: its own, else from the file, the environment, or the person at the
 * terminal.
 *
 * @throws UsageError when there is none and nobody can be asked.
 */
export async function passwordFor(
  location: SmbLocation,
  sources: PasswordSources,
  signal: AbortSignal,
): Promise<string> {
  if (location.password !== undefined) return location.password;
  if (sources.file !== undefined) return readPasswordFile(sources.file);
  const variable = sources.variable ?? PASSWORD_VARIABLE;
  const fromEnvironment = sources.env[variable];
  if (fromEnvironment !== undefined) return fromEnvironment;
  const { input, output } = sources.terminal;
  if (input.isTTY !== true || output.isTTY !== true) {
    throw new UsageError(
      `no password for ${printable(location.display)}: give it with --password-file FILE, in ` +
        `${variable}, or run this on a terminal to be asked`,
    );
  }
  const who = `${location.username ?? ''}@${location.host}`;
  const [password] = await askUnseen([`Password of ${printable(who)}: `], sources.terminal, signal);
  return password ?? '';
}

/** The first line of the file; a password may be empty. */
export async function readPasswordFile(path: string): Promise<string> {
  let text;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read the password file: ${(error as Error).message}`);
  }
  return text.split(/\r?\n/, 1)[0] ?? '';
}

/**
 * Asks on a terminal without echo: one line for each prompt.
 *
 * @throws UsageError when whoever is asked gives up.
 */
export async function askUnseen(
  prompts: readonly string[],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const [first = '', ...others] = prompts;
  terminal.output.write(first);
  const lines = createInterface({
    input: terminal.input,
    output: silence,
    terminal: true,
    historySize: 0,
  });
  const answers: string[] = [];
  try {
    return await new Promise<readonly string[]>((resolve, reject) => {
      // Ctrl-C arrives here instead of as a signal while the terminal is in raw mode.
      const interrupted = (): void => reject(new UsageError('no password was entered'));
      lines.on('line', (line) => {
        answers.push(line);
        const next = others[answers.length - 1];
        if (next === undefined) resolve(answers);
        else terminal.output.write(`\n${next}`);
      });
      lines.once('SIGINT', interrupted);
      lines.once('close', interrupted);
      signal.addEventListener('abort', interrupted, { once: true });
    });
  } finally {
    lines.close();
    terminal.output.write('\n');
  }
}

import type { Command } from 'commander';
import type { Credentials } from '../smb/index.ts';
import type { CommandContext } from './context.ts';
import { UsageError } from './failure.ts';
import type { SmbLocation } from '../app/location.ts';
import { PASSWORD_VARIABLE, passwordFor } from './password.ts';
import type { PasswordSources } from './password.ts';

/** Options of every command that logs on to a server, as the command line gives them. */
export interface LogonOptions {
  readonly passwordFile?: string;
  readonly anonymous?: boolean;
  readonly guest?: boolean;
  readonly requireSigning?: boolean;
  readonly requireEncryption?: boolean;
}

/** Adds the options that every command has which logs on to a server. */
export function addLogonOptions(command: Command): Command {
  return command
    .option('--password-file <file>', 'read the password from the first line of a file')
    .option('--anonymous', 'log on without a user')
    .option('--guest', 'accept being logged on as a guest, which is neither signed nor encrypted')
    .option('--require-signing', 'refuse a session that is not signed')
    .option('--require-encryption', 'refuse a session that is not encrypted');
}

/** Finds the credentials for the locations of one command line, asking for each at most once. */
export class Logon {
  readonly options: LogonOptions;
  readonly #sources: PasswordSources;
  readonly #signal: AbortSignal;
  readonly #known = new Map<string, Promise<Credentials>>();

  /** @param variable of the environment that holds the password; default `TIDEWATCH_SMB_PASSWORD`. */
  constructor(options: LogonOptions, context: CommandContext, variable = PASSWORD_VARIABLE) {
    this.options = options;
    this.#signal = context.signal;
    this.#sources = {
      ...(options.passwordFile === undefined ? {} : { file: options.passwordFile }),
      env: context.env,
      variable,
      terminal: context.terminal,
    };
  }

  /**
   * Asks and reads now what the locations need, so that nothing is asked for later, in the midst of
   * output.
   *
   * @throws UsageError when a user or password is missing, or when one password would go to several
   * servers or users.
   */
  async prepare(locations: readonly SmbLocation[]): Promise<void> {
    const open = locations.filter((location) => location.password === undefined);
    const single = this.#sources.file !== undefined || PASSWORD_VARIABLE in this.#sources.env;
    if (single && new Set(open.map(logonKey)).size > 1 && this.options.anonymous !== true) {
      const message =
        `--password-file and ${PASSWORD_VARIABLE} hold the password of one user on one server; ` +
        'these locations name several';
      throw new UsageError(message);
    }
    for (const location of locations) await this.credentials(location);
  }

  credentials(location: SmbLocation): Promise<Credentials> {
    const key = `${logonKey(location)} ${location.password ?? ''}`;
    let known = this.#known.get(key);
    if (known === undefined) {
      known = this.#find(location);
      this.#known.set(key, known);
    }
    return known;
  }

  async #find(location: SmbLocation): Promise<Credentials> {
    const { anonymous, guest } = this.options;
    if (anonymous === true) return { anonymous };
    const { username, domain } = location;
    if (username === undefined) {
      throw new UsageError(
        `${location.display} names no user: write smb://USER@${location.host}/…, or give --anonymous`,
      );
    }
    const password = await passwordFor(location, this.#sources, this.#signal);
    return {
      username,
      password,
      ...(domain === undefined ? {} : { domain }),
      ...(guest === true ? { allowGuest: true } : {}),
    };
  }
}

/** Equal for locations of one user on one server. */
export function logonKey({ host, port, domain, username }: SmbLocation): string {
  return JSON.stringify([host.toLowerCase(), port, domain, username]);
}

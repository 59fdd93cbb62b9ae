import type { Output } from './output.ts';
import type { Terminal } from './password.ts';

/** What a command has of the world around it. */
export interface CommandContext {
  readonly output: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly terminal: Terminal;
  /** Aborted by Ctrl-C, by SIGTERM, or when nobody reads the output any more. */
  readonly signal: AbortSignal;
  /** Settings of this run of a server, as long as only this machine reaches it. Nothing stores them. */
  readonly settingsOfTrial?: Readonly<Record<string, unknown>>;
}

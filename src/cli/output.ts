import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Where a command writes: results on standard output, everything else on standard error. */
export class Output {
  readonly stdout: Writable;
  readonly stderr: Writable & { isTTY?: boolean };
  /** Aborted when nobody reads the results any more (a broken pipe). */
  readonly gone: AbortSignal;
  /** Takes the line of progress away before something else is written to the terminal. */
  clearProgress: () => void = () => undefined;

  constructor(stdout: Writable, stderr: Writable & { isTTY?: boolean }) {
    this.stdout = stdout;
    this.stderr = stderr;
    const gone = new AbortController();
    this.gone = gone.signal;
    stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') this.warn(`cannot write results: ${error.message}`);
      gone.abort();
    });
    // Nobody to tell; the exit code still does.
    stderr.on('error', () => undefined);
  }

  /**
   * Writes one line of results, at once. Resolves when there is room for more: commands that produce
   * much wait for it.
   */
  async line(text: string): Promise<void> {
    if (this.gone.aborted) return;
    this.clearProgress();
    if (this.stdout.write(`${text}\n`)) return;
    // Rejects when the pipe breaks meanwhile, which the error handler above has dealt with.
    await once(this.stdout, 'drain', { signal: this.gone }).catch(() => undefined);
  }

  /** One JSON object on a line of its own. */
  json(value: object): Promise<void> {
    return this.line(JSON.stringify(value));
  }

  /** A message for people, on standard error. */
  warn(text: string): void {
    this.clearProgress();
    this.stderr.write(`tidewatch: ${text}\n`);
  }
}

/**
 * A name from a server, safe to show on a terminal: control characters, which could move the cursor or
 * worse, and unpaired surrogates come as escapes.
 */
export function printable(name: string): string {
  return name.replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, escape);
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** ISO 8601 in UTC, or null for a time that is not set (0) or that no calendar has. */
export function isoTime(ms: number): string | null {
  if (ms === 0 || !(Math.abs(ms) <= 8.64e15)) return null;
  return new Date(ms).toISOString();
}

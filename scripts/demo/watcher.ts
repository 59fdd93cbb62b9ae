import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { ROOT } from '../root.ts';

/** A change is told within milliseconds; this only ends a demonstration that does not work. */
const TIME_OUT_MS = 15_000;

/** `tidewatch watch` as a process of its own, each of its lines shown as it comes. */
export class Watcher {
  readonly #child: ChildProcess;
  readonly #lines = new EventEmitter();
  readonly #seen: string[] = [];
  #ended = false;

  constructor(location: string, password: string, show: (line: string) => void) {
    const command = join(ROOT, 'src', 'cli', 'main.ts');
    this.#child = spawn(process.execPath, [command, 'watch', location], {
      env: { ...process.env, TIDEWATCH_SMB_PASSWORD: password },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#lines.setMaxListeners(0);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      createInterface({ input: stream as Readable }).on('line', (line) => {
        this.#seen.push(line);
        show(line);
        this.#lines.emit('more');
      });
    }
    const end = (): void => {
      this.#ended = true;
      this.#lines.emit('more');
    };
    this.#child.once('error', (error) => {
      show(error.message);
      end();
    });
    this.#child.once('close', end);
  }

  /**
   * Resolves when a line that fits has come, also one that came before. Rejects when the watch ends, the
   * signal is aborted, or no such line comes in time.
   */
  async line(pattern: RegExp, signal: AbortSignal): Promise<void> {
    const timeOut = AbortSignal.timeout(TIME_OUT_MS);
    const inTime = AbortSignal.any([signal, timeOut]);
    while (!this.#seen.some((line) => pattern.test(line))) {
      if (this.#ended) throw new Error('the watch ended by itself');
      if (timeOut.aborted)
        throw new Error(`the watch told nothing like ${String(pattern)} in time`);
      // Aborted by either signal: the first line of the loop, or the caller, says which.
      await once(this.#lines, 'more', { signal: inTime }).catch(() => signal.throwIfAborted());
    }
  }

  /** What Ctrl-C does; resolves with the exit code. */
  async stop(): Promise<number> {
    if (!this.#ended) {
      this.#child.kill('SIGINT');
      await once(this.#child, 'close');
    }
    return this.#child.exitCode ?? 1;
  }
}

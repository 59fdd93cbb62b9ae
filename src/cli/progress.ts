import { DEFAULTS } from '../defaults.ts';
import type { Output } from './output.ts';

/**
 * Tells on standard error how far long work has come: on a terminal as one line that changes, elsewhere
 * as a line every few seconds. Quick work shows nothing.
 */
export class Progress {
  readonly #output: Output;
  readonly #describe: () => string;
  readonly #timer: NodeJS.Timeout;
  #shown = false;

  /** `describe` gives the line to show now, for example `12,000 entries`. */
  constructor(output: Output, describe: () => string) {
    this.#output = output;
    this.#describe = describe;
    const terminal = output.stderr.isTTY === true;
    const start = performance.now();
    const interval = terminal ? DEFAULTS.progressTerminalMs : DEFAULTS.progressLinesMs;
    this.#timer = setInterval(() => {
      if (!terminal) output.stderr.write(`tidewatch: ${describe()}\n`);
      else if (performance.now() - start >= DEFAULTS.progressDelayMs) this.#show();
    }, interval);
    this.#timer.unref();
    output.clearProgress = () => this.#clear();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#clear();
    this.#output.clearProgress = () => undefined;
  }

  #show(): void {
    this.#output.stderr.write(`\r\u001b[K${this.#describe()}`);
    this.#shown = true;
  }

  #clear(): void {
    if (!this.#shown) return;
    this.#output.stderr.write('\r\u001b[K');
    this.#shown = false;
  }
}

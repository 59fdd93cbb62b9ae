import { printable } from './output.ts';
import type { Output } from './output.ts';
import type { ChangeLine, WatchLine } from './watch-lines.ts';

/** Prints the lines of a watch: as JSON, or changes for people with the states on standard error. */
export class WatchPrinter {
  readonly #output: Output;
  readonly #location: string;
  readonly #json: boolean;

  constructor(output: Output, location: string, json: boolean) {
    this.#output = output;
    this.#location = printable(location);
    this.#json = json;
  }

  async print(line: WatchLine): Promise<void> {
    if (this.#json) return this.#output.json(line);
    switch (line.type) {
      case 'change':
        return this.#output.line(line.changes.map(describeChange).join('\n'));
      case 'resync':
        return this.#output.line(`resync    ${line.reason}: list the directory again`);
      case 'subscribed':
        this.#output.warn(`watching ${this.#location}, Ctrl-C ends`);
        break;
      case 'state':
        this.#state(line);
        break;
    }
  }

  #state(line: WatchLine & { type: 'state' }): void {
    if (line.state === 'live') this.#output.warn(`watching ${this.#location} again`);
    // A failure without another try is reported when the command ends.
    if (line.retry_in_ms === undefined) return;
    const wait = `next try in ${(line.retry_in_ms / 1000).toFixed(1)} s`;
    this.#output.warn(`${line.state}: ${line.message ?? ''} (${line.code ?? ''}); ${wait}`);
  }
}

function describeChange({ action, path, old_path }: ChangeLine): string {
  const name = path === '' ? '.' : printable(path);
  const from = old_path === undefined ? '' : `${printable(old_path)} -> `;
  return `${action.padEnd(9)} ${from}${name}`;
}

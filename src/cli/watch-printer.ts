import type { Change, StateEvent, WatchEvent, WatchState } from '../app/index.ts';
import { printable } from './output.ts';
import type { Output } from './output.ts';

/** Prints the events of a watch: as JSON, or changes for people with the states on standard error. */
export class WatchPrinter {
  readonly #output: Output;
  readonly #location: string;
  readonly #json: boolean;
  #isSubscribed = false;
  #state: WatchState = 'connecting';

  constructor(output: Output, location: string, json: boolean) {
    this.#output = output;
    this.#location = printable(location);
    this.#json = json;
  }

  /** Resolves when there is room for more. */
  async print(event: WatchEvent): Promise<void> {
    if (this.#json) return this.#output.json(event);
    switch (event.type) {
      case 'change':
        return this.#output.line(event.changes.map(describeChange).join('\n'));
      case 'resync':
        return this.#output.line(`resync    ${event.reason}: list the directory again`);
      case 'subscribed':
        this.#isSubscribed = true;
        this.#output.warn(`watching ${this.#location}, Ctrl-C ends`);
        break;
      case 'state':
        this.#tellState(event);
        this.#state = event.state;
        break;
    }
  }

  #tellState({ state, retry_in_ms, code, message = '' }: StateEvent): void {
    // A listing after an overflow is told by its resync; a watch that never began, by `subscribed`.
    const isBack = this.#isSubscribed && this.#state !== 'live' && this.#state !== 'resyncing';
    if (state === 'live' && isBack) this.#output.warn(`watching ${this.#location} again`);
    const why = `${printable(message)}${code === undefined ? '' : ` (${code})`}`;
    if (state === 'polling')
      this.#output.warn(`polling: ${why}; it is listed now and then instead`);
    // A failure without another try is reported when the command ends.
    else if (retry_in_ms !== undefined) {
      this.#output.warn(`${state}: ${why}; next try in ${(retry_in_ms / 1000).toFixed(1)} s`);
    }
  }
}

function describeChange({ action, path, old_path }: Change): string {
  const name = path === '' ? '.' : printable(path);
  const from = old_path === undefined ? '' : `${printable(old_path)} -> `;
  return `${action.padEnd(9)} ${from}${name}`;
}

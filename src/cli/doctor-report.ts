import type { Output } from './output.ts';
import { printable } from './output.ts';

export type CheckStatus = 'ok' | 'warn' | 'fail';

/** What one check found. */
export interface CheckResult {
  /** A word for scripts, for example `node` or `negotiate`. */
  readonly check: string;
  readonly status: CheckStatus;
  readonly message: string;
  /** How to mend what is not ok. */
  readonly remedy?: string;
  /** How long a stage of a connection took. */
  readonly ms?: number;
  /** Further facts, for scripts. */
  readonly [detail: string]: unknown;
}

/** Prints results as they come, and remembers whether anything failed. */
export class DoctorReport {
  readonly #output: Output;
  readonly #json: boolean;
  failed = false;

  constructor(output: Output, json: boolean) {
    this.#output = output;
    this.#json = json;
  }

  async add(result: CheckResult): Promise<void> {
    if (result.status === 'fail') this.failed = true;
    if (this.#json) return this.#output.json(result);
    const { status, check, ms, message, remedy } = result;
    const time = ms === undefined ? '' : ` (${ms.toFixed(1)} ms)`;
    await this.#output.line(
      `${status.padEnd(4)}  ${check.padEnd(12)}  ${printable(message)}${time}`,
    );
    if (remedy !== undefined) await this.#output.line(`${' '.repeat(20)}${remedy}`);
  }
}

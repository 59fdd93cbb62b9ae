import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { ROOT } from '../../scripts/root.ts';
import { checkoutEnv } from '../../scripts/run.ts';

/** A text of a page comes within this time, also where the machine is busy. */
const TIME_OUT_MS = 30_000;

/** A terminal in the checkout, with one command of a page or a shell that takes several. */
export class Terminal {
  readonly process: ChildProcess;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
  #shown = '';
  #read = 0;
  #wake: () => void = () => undefined;

  constructor(command: string, env: NodeJS.ProcessEnv = {}) {
    this.process = spawn('bash', ['-c', command], {
      cwd: ROOT,
      env: checkoutEnv({ LC_ALL: 'C.UTF-8', ...env }),
      stdio: ['pipe', 'pipe', 'pipe'],
      // What npm starts belongs to the group, as in a terminal.
      detached: true,
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#shown += text;
        this.#wake();
      });
    }
    this.ended = once(this.process, 'close').then(([code]) => code as number | null);
    this.process.once('close', () => this.#wake());
  }

  /** Waits for a text after what was read before, and gives how it was matched. */
  async shows(pattern: RegExp): Promise<RegExpExecArray> {
    const late = AbortSignal.timeout(TIME_OUT_MS);
    late.addEventListener('abort', () => this.#wake());
    for (;;) {
      const found = pattern.exec(this.#shown.slice(this.#read));
      if (found !== null) {
        this.#read += found.index + found[0].length;
        return found;
      }
      if (this.process.exitCode !== null) throw new Error(`it ended: ${this.#shown}`);
      if (late.aborted) throw new Error(`nothing like ${String(pattern)} in: ${this.#shown}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  type(text: string): void {
    this.process.stdin?.write(text);
  }

  /** What Ctrl-C does. Resolves with the exit code. */
  async end(): Promise<number | null> {
    const { process: child } = this;
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      process.kill(-child.pid, 'SIGINT');
    }
    return this.ended;
  }
}

/** What a page shows below a command, … standing for anything. */
export function shown(text: string): RegExp {
  const lines = text.split('\n').map((line) =>
    line
      .split('…')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*'),
  );
  return new RegExp(lines.join('[ ]*\\n(?:.*\\n)*?'));
}

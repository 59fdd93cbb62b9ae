import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

export interface CommandLineOptions {
  /** Added to the environment, which otherwise has no settings of this program. */
  readonly env?: Readonly<Record<string, string>>;
  /** Run by npx, with this shell between npm and the program. */
  readonly npx?: 'sh' | 'bash';
}

export interface Finished {
  /** The exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the real command line in a process of its own, to its end. */
export function runCommandLine(
  args: readonly string[],
  options: CommandLineOptions = {},
): Promise<Finished> {
  return new CommandLine(args, options).finished;
}

/** The real command line in a process of its own, whose lines are awaited one after another. */
export class CommandLine {
  readonly process: ChildProcess;
  readonly finished: Promise<Finished>;
  #stdout = '';
  #stderr = '';
  /** How much of standard output was handed out already. */
  #taken = 0;
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(args: readonly string[], options: CommandLineOptions = {}) {
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(TIDEWATCH|AWS)_/.test(name),
    );
    const { npx } = options;
    const [program, first] =
      npx === undefined ? [process.execPath, MAIN] : (['npx', 'tidewatch'] as const);
    this.process = spawn(program, [first, ...args], {
      cwd: ROOT,
      env: {
        ...Object.fromEntries(inherited),
        ...options.env,
        ...(npx !== undefined && { npm_config_script_shell: npx }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      // In a group of its own, as a terminal puts it.
      detached: npx !== undefined,
    });
    this.process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#wake();
    });
    this.process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#wake();
    });
    this.finished = new Promise((resolve, reject) => {
      this.process.once('error', reject);
      this.process.once('close', (code, signal) => {
        this.#ended = true;
        this.#wake();
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** The next line of standard output. Throws when the process ended without one. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#stdout.indexOf('\n', this.#taken);
      if (end >= 0) {
        const line = this.#stdout.slice(this.#taken, end);
        this.#taken = end + 1;
        return line;
      }
      if (this.#ended) throw new Error(`the command ended: ${this.#stdout}${this.#stderr}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Reads lines as JSON up to and including the first that the test accepts. */
  async until<T>(accept: (value: T) => boolean): Promise<T[]> {
    const seen: T[] = [];
    for (;;) {
      const value = JSON.parse(await this.line()) as T;
      seen.push(value);
      if (accept(value)) return seen;
    }
  }

  /** Sends Ctrl-C and resolves with how it ended. */
  interrupt(): Promise<Finished> {
    this.process.kill('SIGINT');
    return this.finished;
  }
}

import { spawn } from 'node:child_process';
import { isMissing, missingProgram } from './missing-program.ts';

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Who it runs as, for those who may choose. */
  readonly uid?: number;
  readonly gid?: number;
  /** What the program reads on its standard input. */
  readonly input?: string;
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end.
 *
 * @throws Error with everything it printed when it exits with anything but 0, and an error naming the
 * Debian packages when it is not installed.
 */
export function runProgram(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const { input, ...how } = options;
    const child = spawn(program, args, { ...how, stdio: 'pipe' });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(isMissing(error) ? missingProgram(program) : error),
    );
    child.once('close', (code, signal) => {
      if (code === 0) resolve({ stdout, stderr });
      else reject(new Error(`${program} ended with ${code ?? signal}: ${stdout}${stderr}`.trim()));
    });
    // A program that ends without reading its input breaks the pipe; its exit code tells why.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
  });
}

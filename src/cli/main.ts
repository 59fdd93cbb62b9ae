#!/usr/bin/env node
import { ExitCode } from './exit-codes.ts';
import { Output } from './output.ts';
import { runProgram } from './program.ts';

const args = process.argv.slice(2);
// Takes the arguments, which may hold a password, out of what others see of this process.
process.title = 'tidewatch';

const output = new Output(process.stdout, process.stderr);
const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    // Who asks twice does not want to wait for an orderly end.
    if (interrupted.signal.aborted) process.exit(ExitCode.INTERRUPTED);
    interrupted.abort();
  });
}
process.exitCode = await runProgram(args, {
  output,
  env: process.env,
  terminal: { input: process.stdin, output: process.stderr },
  signal: AbortSignal.any([interrupted.signal, output.gone]),
});

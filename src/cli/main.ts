#!/usr/bin/env node
import { ExitCode } from './exit-codes.ts';
import { Interruption } from './interruption.ts';
import { Output } from './output.ts';
import { runProgram } from './program.ts';

const args = process.argv.slice(2);
// Takes the arguments, which may hold a password, out of what others see of this process.
process.title = 'tidewatch';

const output = new Output(process.stdout, process.stderr);
const interruption = new Interruption({
  now: () => performance.now(),
  force: () => process.exit(ExitCode.INTERRUPTED),
});
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => interruption.interrupt());
}
process.exitCode = await runProgram(args, {
  output,
  env: process.env,
  terminal: { input: process.stdin, output: process.stderr },
  signal: AbortSignal.any([interruption.signal, output.gone]),
});

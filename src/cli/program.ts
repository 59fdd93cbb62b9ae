import { Command, CommanderError } from 'commander';
import type { CommandContext } from './context.ts';
import { addBackup } from './backup.ts';
import { addDoctor } from './doctor.ts';
import { ExitCode } from './exit-codes.ts';
import { ReportedFailure, UsageError, describeFailure } from './failure.ts';
import { addFind } from './find.ts';
import { addHash } from './hash.ts';
import { redactLocation } from '../app/location.ts';
import { addKey } from './key.ts';
import { addLs } from './ls.ts';
import { addMigrate } from './migrate.ts';
import { packageVersion } from '../app/package-version.ts';
import { createRuntime } from '../app/runtime.ts';
import { addRestore } from './restore.ts';
import { addServe } from './serve.ts';
import { addToken } from './token.ts';
import { addUser } from './user.ts';
import { addWatch } from './watch.ts';

/** Runs one command line and resolves with the exit code; nothing is left open behind it. */
export async function runProgram(
  args: readonly string[],
  context: CommandContext,
): Promise<number> {
  const { output, signal } = context;
  try {
    await buildProgram(args, context).parseAsync(args, { from: 'user' });
  } catch (error) {
    // What was interrupted fails in many ways; none of them is news.
    if (!signal.aborted) return reportFailure(error, args, context);
  }
  // Being interrupted is how these end.
  const endless = args[0] === 'watch' || args[0] === 'serve';
  return signal.aborted && !endless && !output.gone.aborted ? ExitCode.INTERRUPTED : ExitCode.OK;
}

function buildProgram(args: readonly string[], context: CommandContext): Command {
  const { output } = context;
  const program = new Command('tidewatch')
    .description('Live directories from SMB shares.')
    .version(packageVersion())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void output.line(text.trimEnd()),
      writeErr: (text) => output.stderr.write(redactArguments(text, args)),
    });
  // Options and output settings above are inherited by commands added from here on.
  addServe(program, context, createRuntime);
  addWatch(program, context);
  addLs(program, context);
  addFind(program, context);
  addHash(program, context);
  addDoctor(program, context);
  addUser(program, context);
  addToken(program, context);
  addKey(program, context);
  addBackup(program, context);
  addRestore(program, context);
  addMigrate(program, context);
  return program;
}

function reportFailure(
  error: unknown,
  args: readonly string[],
  { output }: CommandContext,
): number {
  if (error instanceof CommanderError) {
    // Help and version, and usage errors, which are printed already.
    return error.exitCode === 0 ? ExitCode.OK : ExitCode.USAGE;
  }
  if (error instanceof ReportedFailure) return ExitCode.FAILED;
  output.warn(redactArguments(describeFailure(error), args));
  return error instanceof UsageError ? ExitCode.USAGE : ExitCode.FAILED;
}

/** Takes passwords out of a text that may quote the command line. */
function redactArguments(text: string, args: readonly string[]): string {
  let redacted = text;
  for (const arg of args) {
    if (!arg.includes('://')) continue;
    // Of a database the parameters may have a password as well.
    const shown = /postgres(ql)?:/i.test(arg) ? arg.replace(/\?[^]*$/, '') : arg;
    redacted = redacted.replaceAll(arg, redactLocation(shown));
  }
  return redacted;
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ExitCode } from '../src/cli/exit-codes.ts';
import { dataDirOf } from '../src/cli/data-dir.ts';
import { Interruption } from '../src/cli/interruption.ts';
import { Output } from '../src/cli/output.ts';
import { runProgram } from '../src/cli/program.ts';
import { readManifest } from './root.ts';

/**
 * `npm start`: `tidewatch serve` for a first look. Connections may lead to this machine itself, where
 * `npm run tutorial` has a share, and of the log only what is wrong is shown.
 */
async function main(): Promise<number> {
  const output = new Output(process.stdout, process.stderr);
  const interruption = new Interruption({
    now: () => performance.now(),
    force: () => process.exit(ExitCode.INTERRUPTED),
  });
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => interruption.interrupt());
  }
  const env: NodeJS.ProcessEnv = { TIDEWATCH_LOG_LEVEL: 'warn', ...process.env };
  console.log(`Tidewatch ${readManifest().version}, process ${process.pid}, until Ctrl-C`);
  const isFirst = !existsSync(join(dataDirOf(undefined, env), 'db'));
  if (isFirst && (env['DATABASE_URL'] ?? '') === '') {
    console.log('The first start makes the database, which takes a few seconds.');
  }
  console.log('What to do next: docs/tutorial/server-for-years.md\n');
  return runProgram(['serve', ...process.argv.slice(2)], {
    ...{ output, env },
    terminal: { input: process.stdin, output: process.stderr },
    signal: AbortSignal.any([interruption.signal, output.gone]),
    settingsOfTrial: { 'network.allow_loopback_hosts': true },
  });
}

process.exitCode = await main();

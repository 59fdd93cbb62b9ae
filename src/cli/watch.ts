import type { Command } from 'commander';
import { FILTER_NAMES, createRuntime } from '../app/index.ts';
import type { FilterName, WatchPlace } from '../app/index.ts';
import type { Location } from '../app/location.ts';
import { watchPlace } from '../app/watch-place.ts';
import type { CommandContext } from './context.ts';
import { UsageError } from './failure.ts';
import { locationArgument } from './location-argument.ts';
import { Logon, addLogonOptions } from './logon.ts';
import type { LogonOptions } from './logon.ts';
import { WatchPrinter } from './watch-printer.ts';

interface WatchCommandOptions extends LogonOptions {
  readonly recursive?: boolean;
  readonly filter?: readonly FilterName[];
  readonly json?: boolean;
  readonly retry: boolean;
}

export function addWatch(program: Command, context: CommandContext): void {
  const command = program
    .command('watch')
    .summary('print what changes in a directory, until Ctrl-C')
    .description(
      'Prints what changes in a directory until Ctrl-C, and tries again for ever when the server ' +
        'goes away. A line `resync` says that something may have been missed: list again.',
    )
    .argument(
      '<location>',
      'smb://[domain;]user[:password]@host[:port]/share[/path], ' +
        's3://bucket[/prefix][?endpoint=…&region=…&pathStyle=1], file:///path or a plain path',
    )
    .option('--recursive', 'also report what changes below the directory, at every depth')
    .option('--filter <names>', `what to report, of ${FILTER_NAMES.join(',')}`, parseFilter)
    .option('--json', 'print one JSON object a line')
    .option('--no-retry', 'end at the first failure');
  addLogonOptions(command).action((text: string, options: WatchCommandOptions) =>
    watch(text, options, context),
  );
}

/** Throws the TidewatchError of a lasting obstacle, or of the first failure without retrying. */
async function watch(
  text: string,
  options: WatchCommandOptions,
  context: CommandContext,
): Promise<void> {
  const { output, signal } = context;
  const location = locationArgument(text);
  const place = await placeOf(location, new Logon(options, context), context);
  if (signal.aborted) return;
  const printer = new WatchPrinter(output, location.display, options.json === true);
  const runtime = createRuntime();
  try {
    const watching = await runtime.watch(place, {
      recursive: options.recursive ?? false,
      filter: options.filter,
      ...(!options.retry && { retry: { maxAttempts: 1 }, stopOnDelete: true }),
      signal,
    });
    for await (const event of watching) await printer.print(event);
  } finally {
    await runtime.stop();
  }
  await printer.print({ type: 'state', state: 'stopped', since: new Date().toISOString() });
}

/** Asks for a missing password now, so that it is not asked for in the midst of output. */
export async function placeOf(
  location: Location,
  logon: Logon,
  { env }: CommandContext,
): Promise<WatchPlace> {
  if (location.type !== 'smb') return watchPlace(location, env);
  await logon.prepare([location]);
  const { host, path, port, share } = location;
  const { requireEncryption, requireSigning } = logon.options;
  const policy = { requireEncryption, requireSigning, logon: await logon.credentials(location) };
  return { target: { type: 'smb', host, port, share, ...policy }, path };
}

function parseFilter(text: string): readonly FilterName[] {
  return text.split(',').map((word) => {
    const name = FILTER_NAMES.find((known) => known === word.trim().toLowerCase());
    if (name !== undefined) return name;
    throw new UsageError(`--filter does not know ${word}; it takes ${FILTER_NAMES.join(',')}`);
  });
}

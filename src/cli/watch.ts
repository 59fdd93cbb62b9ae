import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { Change, FilterName } from '../smb/index.ts';
import type { CommandContext } from './context.ts';
import { UsageError } from './failure.ts';
import { locationArgument } from './location-argument.ts';
import type { SmbLocation } from '../app/location.ts';
import { Logon, addLogonOptions } from './logon.ts';
import type { LogonOptions } from './logon.ts';
import { openShare } from './share.ts';
import type { ChangeLine } from './watch-lines.ts';
import { WatchPrinter } from './watch-printer.ts';
import { watchSession } from './watch-session.ts';
import type { FeedEvent, WatchFeed } from './watch-session.ts';

interface WatchCommandOptions extends LogonOptions {
  readonly recursive?: boolean;
  readonly filter?: readonly FilterName[];
  readonly json?: boolean;
  readonly retry: boolean;
}

/** What a watch may be asked to report, in the words of the command line. */
const FILTER_NAMES = [
  'file_name',
  'dir_name',
  'size',
  'last_write',
  'attributes',
  'creation',
  'last_access',
  'security',
  'ea',
  'stream_name',
  'stream_size',
  'stream_write',
] as const satisfies readonly FilterName[];

export function addWatch(program: Command, context: CommandContext): void {
  const command = program
    .command('watch')
    .summary('print what changes in a directory, until Ctrl-C')
    .description(
      'Prints what changes in a directory until Ctrl-C, and tries again for ever when the server ' +
        'goes away. A line `resync` says that something may have been missed: list again.',
    )
    .argument('<location>', 'smb://[domain;]user[:password]@host[:port]/share[/path]')
    .option('--recursive', 'also report what the server itself reports from below the directory')
    .option('--filter <names>', `what to report, of ${FILTER_NAMES.join(',')}`, parseFilter)
    .option('--json', 'print one JSON object a line')
    .option('--no-retry', 'end at the first failure');
  addLogonOptions(command).action((text: string, options: WatchCommandOptions) =>
    watch(text, options, context),
  );
}

async function watch(
  text: string,
  options: WatchCommandOptions,
  context: CommandContext,
): Promise<void> {
  const location = locationArgument(text);
  if (location.type !== 'smb') {
    const message = `${location.display} cannot be watched: this version watches smb:// locations`;
    throw new TidewatchError('unsupported', message);
  }
  const logon = new Logon(options, context);
  await logon.prepare([location]);
  const printer = new WatchPrinter(context.output, location.display, options.json === true);
  await watchSession({
    open: (signal) => openFeed(location, logon, options, signal),
    emit: (line) => printer.print(line),
    signal: context.signal,
    retry: options.retry,
    epoch: randomUUID(),
    now: Date.now,
    random: Math.random,
    sleep: (ms, signal) => sleep(ms, undefined, { signal }),
  });
}

/** One connection, one share, one watch, armed. */
async function openFeed(
  location: SmbLocation,
  logon: Logon,
  options: WatchCommandOptions,
  signal: AbortSignal,
): Promise<WatchFeed> {
  const share = await openShare(location, logon, signal);
  try {
    const watching = share.tree.watch(location.path, {
      recursive: options.recursive ?? false,
      ...(options.filter === undefined ? {} : { filter: options.filter }),
      signal,
    });
    await watching.armed;
    return {
      events: feedEvents(watching),
      close: () => share.close(),
    };
  } catch (error) {
    await share.close();
    throw error;
  }
}

async function* feedEvents(
  watching: AsyncIterable<
    { type: 'changes'; changes: readonly Change[] } | { type: 'rescan'; reason: string }
  >,
): AsyncGenerator<FeedEvent, void, undefined> {
  for await (const event of watching) {
    if (event.type === 'rescan') yield { type: 'rescan', reason: event.reason };
    else yield { type: 'changes', changes: event.changes.map(changeLine) };
  }
}

function changeLine({ action, path, oldPath }: Change): ChangeLine {
  return oldPath === undefined ? { action, path } : { action, path, old_path: oldPath };
}

function parseFilter(text: string): readonly FilterName[] {
  return text.split(',').map((word) => {
    const name = FILTER_NAMES.find((known) => known === word.trim().toLowerCase());
    if (name !== undefined) return name;
    throw new UsageError(`--filter does not know ${word}; it takes ${FILTER_NAMES.join(',')}`);
  });
}

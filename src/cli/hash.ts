import type { Command } from 'commander';
import { DEFAULTS } from '../defaults.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { CommandContext } from './context.ts';
import { ReportedFailure, describeFailure } from './failure.ts';
import { HashSource } from './hash-source.ts';
import type { Hashed } from './hash-source.ts';
import { locationArgument } from './location-argument.ts';
import { redactLocation } from '../app/location.ts';
import type { Location } from '../app/location.ts';
import { Logon, addLogonOptions } from './logon.ts';
import type { LogonOptions } from './logon.ts';
import { orderedMap } from './ordered-map.ts';
import { printable } from './output.ts';
import { Progress } from './progress.ts';

interface HashOptions extends LogonOptions {
  readonly json?: boolean;
}

/** One of the locations given, read or found impossible. */
interface Item {
  readonly display: string;
  readonly location: Location | TidewatchError;
}

export function addHash(program: Command, context: CommandContext): void {
  const command = program
    .command('hash')
    .summary('print the imohash of files')
    .description(
      'Prints the imohash of files: a fingerprint of the size and three samples, by which known ' +
        'files are found again. It is no checksum: what changes between the samples goes unnoticed.',
    )
    .argument(
      '<locations...>',
      'smb://user@host/share/path, s3://bucket/key, file:///path or plain paths of files',
    )
    .option('--json', 'print one JSON object a line');
  addLogonOptions(command).action((texts: string[], options: HashOptions) =>
    hash(texts, options, context),
  );
}

async function hash(texts: string[], options: HashOptions, context: CommandContext): Promise<void> {
  const { output, signal } = context;
  const items = texts.map(readItem);
  const shares = items.map((item) => item.location).filter(isSmb);
  const isRemote = shares.length > 0 || items.some(isOnS3);
  const logon = new Logon(options, context);
  await logon.prepare(shares);
  const source = new HashSource(logon, context);
  const concurrency = isRemote ? DEFAULTS.hashConcurrency : DEFAULTS.hashLocalConcurrency;
  let done = 0;
  let failed = 0;
  const progress = new Progress(output, () => `${done} of ${items.length} files`);
  const work = async (item: Item): Promise<Hashed | TidewatchError> => {
    const result = await hashItem(item, source);
    done++;
    return result;
  };
  try {
    let next = 0;
    for await (const result of orderedMap(items, concurrency, work)) {
      signal.throwIfAborted();
      const { display } = items[next++] as Item;
      if (result instanceof TidewatchError) failed++;
      await print(display, result, options.json === true, context);
    }
  } finally {
    progress.stop();
    await source.close();
  }
  if (failed > 0) throw new ReportedFailure();
}

async function print(
  display: string,
  result: Hashed | TidewatchError,
  json: boolean,
  { output }: CommandContext,
): Promise<void> {
  if (result instanceof TidewatchError) {
    output.warn(`${printable(display)}: ${describeFailure(result)}`);
    const { code, message } = result;
    if (json) await output.json({ location: display, error: { code, message } });
  } else if (json) {
    await output.json({ hash: result.hash, location: display, size: result.size });
  } else {
    await output.line(`${result.hash}  ${printable(display)}`);
  }
}

async function hashItem(item: Item, source: HashSource): Promise<Hashed | TidewatchError> {
  if (item.location instanceof TidewatchError) return item.location;
  try {
    return await source.hash(item.location);
  } catch (error) {
    if (error instanceof TidewatchError) return error;
    throw error;
  }
}

function readItem(text: string): Item {
  const display = redactLocation(text);
  try {
    return { display, location: locationArgument(text) };
  } catch (error) {
    if (error instanceof TidewatchError) return { display, location: error };
    throw error;
  }
}

function isOnS3({ location }: Item): boolean {
  return !(location instanceof TidewatchError) && location.type === 's3';
}

function isSmb(location: Item['location']): location is Location & { type: 'smb' } {
  return !(location instanceof TidewatchError) && location.type === 'smb';
}

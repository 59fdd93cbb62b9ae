import type { Command } from 'commander';
import { createRuntime } from '../app/index.ts';
import type { CacheFound, CacheInfo } from '../app/index.ts';
import { DEFAULTS } from '../defaults.ts';
import type { CommandContext } from './context.ts';
import { ReportedFailure, UsageError } from './failure.ts';
import { locationArgument } from './location-argument.ts';
import { Logon, addLogonOptions } from './logon.ts';
import type { LogonOptions } from './logon.ts';
import { printable } from './output.ts';
import { Progress } from './progress.ts';
import { placeOf } from './watch.ts';

interface FindOptions extends LogonOptions {
  readonly limit?: number;
  readonly hidden?: boolean;
  readonly json?: boolean;
}

export function addFind(program: Command, context: CommandContext): void {
  const command = program
    .command('find')
    .summary('find directories by parts of their paths')
    .description(
      'Lists all directories below a location, several at once, and searches their paths for every ' +
        'word of the query, in any order, whatever their case. Links are not followed.',
    )
    .argument(
      '<location>',
      'smb://[domain;]user[:password]@host[:port]/share[/path], ' +
        's3://bucket[/prefix][?endpoint=…&region=…&pathStyle=1], file:///path or a plain path',
    )
    .argument('<query>', 'words to look for; a / stands between names')
    .option(
      '--limit <n>',
      `results at most; default ${DEFAULTS.searchResults}, up to ${DEFAULTS.searchMaxResults}`,
      parseLimit,
    )
    .option('--hidden', 'also find hidden and system directories, and names with a leading dot')
    .option('--json', 'print one JSON object a line');
  addLogonOptions(command).action((text: string, query: string, options: FindOptions) =>
    find(text, query, options, context),
  );
}

/** Throws the TidewatchError of an obstacle at the first failure: whoever waits is told at once. */
async function find(
  text: string,
  query: string,
  options: FindOptions,
  context: CommandContext,
): Promise<void> {
  const { output, signal } = context;
  if (query.trim() === '') throw new UsageError('the query is empty');
  const location = locationArgument(text);
  const place = await placeOf(location, new Logon(options, context), context);
  if (signal.aborted) return;
  const runtime = createRuntime();
  try {
    const cache = await runtime.cache(place, {
      // It is searched once: nothing below the top has to be watched.
      watchBudget: 0,
      retry: { maxAttempts: 1 },
      includeHidden: options.hidden ?? false,
    });
    const progress = new Progress(output, () => progressLine(cache.info));
    try {
      await cache.ready({ signal });
    } finally {
      progress.stop();
    }
    const { results, truncated } = await cache.search(query, { limit: options.limit, signal });
    const format = options.json === true ? jsonLine : (found: CacheFound) => printable(found.path);
    for (const found of results) await output.line(format(found));
    if (truncated) output.warn(`there are more; --limit shows up to ${DEFAULTS.searchMaxResults}`);
    warnOfGaps(cache.info, context);
  } finally {
    await runtime.stop();
  }
}

/** What could not be listed was not searched: said, and told by the exit code. */
function warnOfGaps({ stale, errors, capped }: CacheInfo, { output }: CommandContext): void {
  if (capped.length > 0) output.warn(`not all of it was searched: too ${wordsOf(capped)}`);
  if (stale === 0) return;
  for (const { path, message } of errors) output.warn(`${printable(path)}: ${printable(message)}`);
  const more = stale - errors.length;
  if (more > 0) output.warn(`and ${more.toLocaleString('en')} directories more`);
  throw new ReportedFailure();
}

function wordsOf(capped: CacheInfo['capped']): string {
  return capped.map((cap) => (cap === 'depth' ? 'deep' : 'many entries')).join(', ');
}

/** `12,345 directories, 4,000 a second, about 8 s to go`; what is to come is a guess. */
export function progressLine(info: CacheInfo): string {
  const { scanned, waiting, rate, eta_ms: etaMs, code } = info;
  const parts = [`${scanned.toLocaleString('en')} directories`];
  if (rate !== undefined) parts.push(`${rate.toLocaleString('en')} a second`);
  if (waiting > 0) parts.push(`${waiting.toLocaleString('en')} more known`);
  if (etaMs !== undefined && waiting > 0) {
    parts.push(`about ${Math.max(1, Math.round(etaMs / 1_000))} s to go`);
  }
  if (code !== undefined) parts.push(code);
  return parts.join(', ');
}

function jsonLine({ path, score, kind }: CacheFound): string {
  return JSON.stringify({ path, score, kind });
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= DEFAULTS.searchMaxResults) return limit;
  throw new UsageError(`--limit takes a number from 1 to ${DEFAULTS.searchMaxResults}`);
}

/**
 * Search over 100,000 and 1,000,000 directories, beside the reference's algorithm and uFuzzy in the same
 * process; a change of one directory, and snapshots, at 1,000,000.
 */
import { runAsProgram } from './support/benchmark.ts';
import type { BenchmarkOptions } from './support/benchmark.ts';
import type { Load } from './support/cpu.ts';
import { FUZZY_QUERIES, QUERIES } from './support/directory-queries.ts';
import type { Figure } from './support/figures.ts';
import { NO_SERVER, measured } from './support/measured.ts';
import { runUndisturbed } from './support/quiet.ts';
import { percentile } from './support/statistics.ts';
import { formatNumber } from './support/table.ts';
import { startWorker } from './support/worker.ts';
import type { Worker } from './support/worker.ts';
import type { DirectorySearchCalls, Searches, SnapshotCost } from './workers/directory-search.ts';

const MILLION = 1_000_000;
const COUNTS = [100_000, MILLION];
const P99 = 0.99;
const MOST_BLOCK_MS = 5;
const MOST_UPDATE_MS = 1;
const MOST_LOAD_MS = 1_000;
const UPDATES = 5_000;

type SearchWorker = Worker<DirectorySearchCalls>;

export async function directorySearch(options: BenchmarkOptions): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const count of COUNTS) {
    const worker = startWorker('directory-search');
    try {
      const directories = await worker.call('prepare', { count });
      console.log(`  ${directories.toLocaleString('en-US')} directories`);
      figures.push(...(await searchFigures(worker, count, false, options)));
      figures.push(...(await searchFigures(worker, count, true, options)));
      if (count === MILLION) figures.push(...(await keepingFigures(worker, options)));
    } finally {
      await worker.stop();
    }
  }
  return figures;
}

async function undisturbed<T>(
  worker: SearchWorker,
  { patienceSeconds }: BenchmarkOptions,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly load: Load }> {
  return runUndisturbed(
    NO_SERVER,
    patienceSeconds,
    () => measured(NO_SERVER, worker, work),
    ({ load }) => load,
  );
}

async function searchFigures(
  worker: SearchWorker,
  count: number,
  fuzzy: boolean,
  options: BenchmarkOptions,
): Promise<Figure[]> {
  const queries = fuzzy ? FUZZY_QUERIES : QUERIES;
  const ours = await undisturbed(worker, options, () => worker.call('ours', { queries, fuzzy }));
  const ufuzzy = await worker.call('ufuzzy', { queries, fuzzy });
  const reference = fuzzy ? undefined : await worker.call('reference', { queries });
  const what = `${fuzzy ? 'fuzzy' : 'substring'} search, ${count.toLocaleString('en-US')} directories`;
  tell(`${what}: ours`, ours.result.times);
  tell(`${what}: uFuzzy`, ufuzzy);
  if (reference !== undefined) tell(`${what}: reference`, reference);
  const { load } = ours;
  const figures = [compared(`${what}, p99`, 'uFuzzy', ours.result, ufuzzy, 3, load)];
  if (reference !== undefined) {
    const peer = 'lower case and includes, path by path';
    figures.push(compared(`${what}, p99`, peer, ours.result, reference, 5, load));
  }
  if (count === MILLION) {
    const p99 = percentile(ours.result.times, P99);
    figures.push(most(`${what}, p99`, p99, fuzzy ? 30 : 10, load));
    figures.push(most(`${what}: longest block`, ours.result.blockMs, MOST_BLOCK_MS, load));
  }
  return figures;
}

async function keepingFigures(worker: SearchWorker, options: BenchmarkOptions): Promise<Figure[]> {
  const updates = await undisturbed(worker, options, () =>
    worker.call('updates', { times: UPDATES }),
  );
  const saved = await undisturbed(worker, options, () => worker.call('snapshot'));
  const snapshot: SnapshotCost = saved.result;
  tell('update of one directory', updates.result);
  console.log(
    `  snapshot: ${formatNumber(snapshot.bytes / 1e6)} MB, written in ${formatNumber(snapshot.saveMs)} ms`,
  );
  const at = 'at 1,000,000 directories';
  const { load } = saved;
  return [
    most(
      `update of one directory ${at}, p99`,
      percentile(updates.result, P99),
      MOST_UPDATE_MS,
      load,
    ),
    most(`loading a snapshot ${at}`, snapshot.loadMs, MOST_LOAD_MS, load),
    most(`loading a snapshot ${at}: longest block`, snapshot.loadBlockMs, MOST_BLOCK_MS, load),
    most(`writing a snapshot ${at}: longest block`, snapshot.saveBlockMs, MOST_BLOCK_MS, load),
  ];
}

function tell(what: string, times: readonly number[]): void {
  const [middle, slow] = [percentile(times, 0.5), percentile(times, P99)];
  console.log(`  ${what}: median ${formatNumber(middle)} ms, p99 ${formatNumber(slow)} ms`);
}

function compared(
  figure: string,
  peer: string,
  { times }: Searches,
  theirs: readonly number[],
  mustReach: number,
  load: Load,
): Figure {
  const our = percentile(times, P99);
  const their = percentile(theirs, P99);
  const ratio = their / our;
  return {
    ...{ figure, peer, load, limit: 'our thread' },
    ours: `${formatNumber(our)} ms`,
    theirs: `${formatNumber(their)} ms`,
    ratio: formatNumber(ratio),
    mustReach: `≥ ${mustReach}`,
    reached: ratio >= mustReach,
  };
}

function most(figure: string, ms: number, limit: number, load: Load): Figure {
  return {
    ...{ figure, peer: '-', theirs: '-', load, limit: '-', ours: `${formatNumber(ms)} ms` },
    ratio: `${formatNumber(ms)} ms`,
    mustReach: `≤ ${limit} ms`,
    reached: ms <= limit,
  };
}

if (import.meta.main) await runAsProgram(directorySearch);

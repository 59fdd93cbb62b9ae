/**
 * What it costs to subscribe and unsubscribe while 20,000 directories are watched: one that is watched
 * already, and a new one beyond its round trips. The server is in memory, so that only CPU time counts.
 */
import { runAsProgram } from './support/benchmark.ts';
import type { BenchmarkOptions } from './support/benchmark.ts';
import type { Figure } from './support/figures.ts';
import { NO_SERVER, measured } from './support/measured.ts';
import { runUndisturbed } from './support/quiet.ts';
import { medianLoad } from './support/rounds.ts';
import { median } from './support/statistics.ts';
import { formatNumber } from './support/table.ts';
import { startWorker } from './support/worker.ts';
import type { Cost } from './workers/in-memory.ts';

const DIRECTORIES = 20_000;
/** Of five hundred each. */
const WATCHED_BATCHES = 60;
const NEW_BATCHES = 8;
const MOST_MICROS = 50;

interface Costs {
  readonly watched: Cost;
  readonly fresh: Cost;
  readonly plain: Cost;
}

export async function subscribeCost({
  rounds,
  patienceSeconds,
}: BenchmarkOptions): Promise<Figure[]> {
  const ours = startWorker('in-memory');
  const theirs = startWorker('in-memory');
  try {
    const directories = DIRECTORIES;
    await ours.call('startRuntime', { directories });
    await theirs.call('startPlain', { directories });
    const runs = [];
    for (let round = 1; round <= rounds; round += 1) {
      const run = await runUndisturbed(
        NO_SERVER,
        patienceSeconds,
        () =>
          measured(NO_SERVER, ours, async (): Promise<Costs> => {
            const watched = { directories, times: WATCHED_BATCHES };
            const fresh = { directories, times: NEW_BATCHES };
            return {
              watched: await ours.call('watchedCost', watched),
              fresh: await ours.call('newCost', fresh),
              plain: await theirs.call('plainCost', fresh),
            };
          }),
        ({ load }) => load,
      );
      runs.push(run);
      const { fresh, plain, watched } = run.result;
      const each = `watched ${formatNumber(watched.timeEach)} µs (${formatNumber(watched.cpuEach)} µs of CPU)`;
      console.log(
        `  ${round}. ${each}, new ${formatNumber(fresh.cpuEach)} µs of CPU, ` +
          `client alone ${formatNumber(plain.cpuEach)} µs`,
      );
    }
    return figuresOf(runs);
  } finally {
    await Promise.all([ours.stop(), theirs.stop()]);
  }
}

function figuresOf(runs: readonly Awaited<ReturnType<typeof measured<Costs>>>[]): Figure[] {
  const of = (pick: (costs: Costs) => number): number =>
    median(runs.map(({ result }) => pick(result)));
  const load = medianLoad(runs.map((run) => ({ rate: NaN, load: run.load })));
  const watched = of((costs) => costs.watched.timeEach);
  const fresh = of((costs) => costs.fresh.cpuEach);
  const plain = of((costs) => costs.plain.cpuEach);
  const beyond = of((costs) => costs.fresh.cpuEach - costs.plain.cpuEach);
  const among = `${DIRECTORIES.toLocaleString('en-US')} watched`;
  const common = { load, limit: '-', mustReach: `≤ ${MOST_MICROS} µs` };
  return [
    {
      figure: `subscribe and unsubscribe, ${among}: one of them`,
      peer: '-',
      ours: `${formatNumber(watched)} µs`,
      theirs: '-',
      ratio: `${formatNumber(watched)} µs`,
      reached: watched <= MOST_MICROS,
      ...common,
    },
    {
      figure: `subscribe and unsubscribe, ${among}: a new one`,
      peer: 'the client alone',
      ours: `${formatNumber(fresh)} µs of CPU`,
      theirs: `${formatNumber(plain)} µs of CPU`,
      ratio: `+${formatNumber(beyond)} µs`,
      reached: beyond <= MOST_MICROS,
      ...common,
    },
  ];
}

if (import.meta.main) await runAsProgram(subscribeCost);

/** 500, 5,000 and 16,000 watches on one connection: time to arm, heap of each, CPU while idle. */
import { startSamba } from '../test/servers/samba.ts';
import { runAsProgram } from './support/benchmark.ts';
import type { BenchmarkOptions } from './support/benchmark.ts';
import { runClient } from './support/client.ts';
import type { ClientRun } from './support/client.ts';
import { limitOf } from './support/cpu.ts';
import { benchData } from './support/data.ts';
import type { Figure } from './support/figures.ts';
import { runUndisturbed } from './support/quiet.ts';
import { medianLoad } from './support/rounds.ts';
import { median } from './support/statistics.ts';
import { formatNumber, formatShare } from './support/table.ts';

const WATCHES = [500, 5_000, 16_000] as const;
const IDLE_SECONDS = 20;
const LEAST_RATE = 1_000;
const MOST_HEAP = 3 * 1024;
const MOST_IDLE = 0.01;

export async function manyWatches({
  rounds,
  patienceSeconds,
}: BenchmarkOptions): Promise<Figure[]> {
  const server = await startSamba({ sharePath: benchData('watched') });
  try {
    const runs = new Map<number, ClientRun[]>();
    for (let round = 1; round <= rounds; round += 1) {
      for (const count of WATCHES) {
        const job = { name: 'watches', connections: 1, protection: 'signed', count } as const;
        const run = await runUndisturbed(
          server,
          patienceSeconds,
          () => runClient(server, { job: { ...job, idleSeconds: IDLE_SECONDS } }),
          (each) => each.load(),
        );
        console.log(`  ${round}. ${count} watches: ${describe(run)}`);
        runs.set(count, [...(runs.get(count) ?? []), run]);
      }
    }
    return WATCHES.flatMap((count) => figuresOf(count, runs.get(count)!));
  } finally {
    await server.stop();
  }
}

function idleOf(run: ClientRun): number {
  return run.load('idle begins', 'idle ends').client;
}

function describe(run: ClientRun): string {
  const { heapEach = NaN, externalEach = NaN } = run.results;
  const { seconds, smbd } = run.load();
  return [
    `armed in ${formatNumber(seconds)} s (${formatNumber(run.rate)}/s, smbd ${formatShare(smbd)})`,
    `heap ${formatNumber(heapEach)} bytes each`,
    `buffers ${formatNumber(externalEach)} bytes each`,
    `idle ${(idleOf(run) * 100).toFixed(2)} % of a core`,
  ].join(', ');
}

function figuresOf(count: number, runs: readonly ClientRun[]): Figure[] {
  const of = (pick: (run: ClientRun) => number): number => median(runs.map(pick));
  const load = medianLoad(runs.map((run) => ({ rate: run.rate, load: run.load() })));
  const idleLoad = medianLoad(
    runs.map((run) => ({ rate: NaN, load: run.load('idle begins', 'idle ends') })),
  );
  const limit = limitOf(load, 1);
  const rate = of((run) => run.rate);
  const heap = of(({ results }) => results['heapEach'] ?? NaN);
  const external = of(({ results }) => results['externalEach'] ?? NaN);
  const idle = of(idleOf);
  const watches = `${count.toLocaleString('en-US')} watches`;
  return [
    {
      figure: `${watches}: to arm`,
      peer: '-',
      theirs: '-',
      load,
      limit,
      ours: `${formatNumber(load.seconds)} s`,
      ratio: `${formatNumber(rate)}/s`,
      mustReach: `≥ ${LEAST_RATE}/s unless smbd limits`,
      reached: rate >= LEAST_RATE || limit === 'the server',
    },
    {
      figure: `${watches}: heap each`,
      peer: '-',
      theirs: '-',
      load,
      limit: '-',
      ours: `buffers ${formatNumber(external)} B`,
      ratio: `${formatNumber(heap)} B`,
      mustReach: `≤ ${MOST_HEAP} B`,
      reached: heap <= MOST_HEAP,
    },
    {
      figure: `${watches}: CPU at idle`,
      peer: '-',
      theirs: '-',
      load: idleLoad,
      limit: '-',
      ours: `over ${IDLE_SECONDS} s`,
      ratio: `${(idle * 100).toFixed(2)} %`,
      mustReach: `< ${MOST_IDLE * 100} % of a core`,
      reached: idle < MOST_IDLE,
    },
  ];
}

if (import.meta.main) await runAsProgram(manyWatches);

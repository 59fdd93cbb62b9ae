import type { SambaServer } from '../../test/servers/samba.ts';
import type { BenchmarkOptions } from './benchmark.ts';
import { limitOf } from './cpu.ts';
import type { Load } from './cpu.ts';
import { formatRatio } from './figures.ts';
import type { Figure } from './figures.ts';
import { runUndisturbed } from './quiet.ts';
import { median } from './statistics.ts';
import { formatNumber, formatShare } from './table.ts';

/** One run of one contestant. */
export interface Run {
  /** Units a second. */
  readonly rate: number;
  readonly load: Load;
}

/** Somebody who cannot take part is undefined and has no runs. */
export type Contestants<Name extends string> = Readonly<
  Record<Name, (() => Promise<Run>) | undefined>
>;
export type Rounds<Name extends string> = Readonly<Record<Name, readonly Run[]>>;

/**
 * Runs everybody in turn, so often: what changes on the machine meanwhile changes for all alike. The
 * first runs once before that, uncounted, so that what is read is in the page cache.
 */
export async function runRounds<Name extends string>(
  server: SambaServer,
  contestants: Contestants<Name>,
  { rounds, patienceSeconds }: BenchmarkOptions,
  unit: string,
): Promise<Rounds<Name>> {
  const names = Object.keys(contestants) as Name[];
  const runs = Object.fromEntries(names.map((name) => [name, [] as Run[]])) as Record<Name, Run[]>;
  await contestants[names[0]!]?.();
  for (let round = 1; round <= rounds; round += 1) {
    for (const name of names) {
      const contestant = contestants[name];
      if (contestant === undefined) continue;
      const run = await runUndisturbed(server, patienceSeconds, contestant, ({ load }) => load);
      runs[name].push(run);
      const { client, smbd, others } = run.load;
      const shares = `client ${formatShare(client)}, smbd ${formatShare(smbd)}`;
      const rate = `${formatNumber(run.rate)} ${unit}/s`;
      console.log(`  ${round}. ${name}: ${rate} (${shares}, others ${formatShare(others)})`);
    }
  }
  return runs;
}

/** The figure that compares two contestants by the medians of their rates. */
export function compare(options: {
  readonly figure: string;
  readonly peer: string;
  readonly ours: readonly Run[];
  readonly theirs: readonly Run[];
  readonly unit: string;
  readonly mustReach: number;
  readonly connections: number;
}): Figure {
  const { ours, theirs, unit, mustReach, connections } = options;
  const ourRate = median(ours.map(({ rate }) => rate));
  const theirRate = median(theirs.map(({ rate }) => rate));
  const ratio = ourRate / theirRate;
  const load = medianLoad(ours);
  return {
    figure: options.figure,
    peer: options.peer,
    ours: `${formatNumber(ourRate)} ${unit}/s`,
    theirs: `${formatNumber(theirRate)} ${unit}/s`,
    ratio: formatRatio(
      ratio,
      ours.map(({ rate }, round) => rate / theirs[round]!.rate),
    ),
    mustReach: `≥ ${mustReach}`,
    reached: ratio >= mustReach,
    load,
    limit: limitOf(load, connections),
  };
}

export function medianLoad(runs: readonly Run[]): Load {
  const of = (pick: (load: Load) => number): number => median(runs.map(({ load }) => pick(load)));
  return {
    seconds: of(({ seconds }) => seconds),
    client: of(({ client }) => client),
    smbd: of(({ smbd }) => smbd),
    others: of(({ others }) => others),
  };
}

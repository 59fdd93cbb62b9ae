import type { Load } from './cpu.ts';
import { formatNumber, formatShare, printTable } from './table.ts';

/** One line of the summary. */
export interface Figure {
  readonly figure: string;
  readonly peer: string;
  /** What we and the peer reached, with units. */
  readonly ours: string;
  readonly theirs: string;
  /** Ours to theirs, or what is measured where there is no peer. */
  readonly ratio: string;
  readonly mustReach: string;
  readonly reached: boolean;
  /** While ours ran. */
  readonly load: Load;
  readonly limit: string;
}

const HEAD = [
  ...['figure', 'peer', 'ours', 'peer’s', 'ratio', 'must reach', 'reached'],
  ...['smbd', 'our client', 'other load', 'limited by'],
];

export function printFigures(figures: readonly Figure[]): void {
  const rows = figures.map((each) => [
    ...[each.figure, each.peer, each.ours, each.theirs, each.ratio, each.mustReach],
    each.reached ? 'yes' : 'NO',
    formatShare(each.load.smbd),
    formatShare(each.load.client),
    formatShare(each.load.others),
    each.limit,
  ]);
  printTable(HEAD, rows);
  console.log('smbd, our client, other load: CPU time as a share of one core');
}

/** `1.62 (1.55–1.70)`: the ratio of the medians, and the extremes of the rounds. */
export function formatRatio(ratio: number, rounds: readonly number[]): string {
  const range = `${formatNumber(Math.min(...rounds))}–${formatNumber(Math.max(...rounds))}`;
  return `${formatNumber(ratio)} (${range})`;
}

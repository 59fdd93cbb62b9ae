import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { printFigures } from './figures.ts';
import type { Figure } from './figures.ts';

export interface BenchmarkOptions {
  /** How often each contestant runs. */
  readonly rounds: number;
  /** How long to wait for the machine to be quiet before a run; 0: neither wait nor run again. */
  readonly patienceSeconds: number;
}

export type Benchmark = (options: BenchmarkOptions) => Promise<Figure[]>;

const DEFAULT_ROUNDS = 5;
const DEFAULT_PATIENCE_SECONDS = 15;

/** The options from the command line, and what else stands there. */
export function readOptions(): BenchmarkOptions & { readonly names: readonly string[] } {
  const { values, positionals } = parseArgs({
    options: {
      rounds: { type: 'string', default: String(DEFAULT_ROUNDS) },
      patience: { type: 'string', default: String(DEFAULT_PATIENCE_SECONDS) },
    },
    allowPositionals: true,
  });
  const rounds = Number(values.rounds);
  if (!Number.isSafeInteger(rounds) || rounds < 1) throw new Error('--rounds takes a number');
  const patienceSeconds = Number(values.patience);
  if (!(patienceSeconds >= 0)) throw new Error('--patience takes seconds');
  return { rounds, patienceSeconds, names: positionals };
}

/** Runs one benchmark as a program. */
export async function runAsProgram(benchmark: Benchmark): Promise<void> {
  printMachine();
  printFigures(await benchmark(readOptions()));
}

export function printMachine(): void {
  const date = new Date().toISOString().slice(0, 10);
  const model = cpus()[0]?.model ?? 'unknown processor';
  console.log(`${date}, ${availableParallelism()} cores (${model}), Node ${process.version}`);
}

import { parseArgs } from 'node:util';
import { runtimeClient } from '../test/simulation/runtime-client.ts';
import { shrink } from '../test/simulation/shrink.ts';
import { simulate } from '../test/simulation/simulate.ts';

const USAGE = `npm run simulate -- [--seed N] [--runs M] [--trace] [--shrink]

Runs M simulations (default 100) with the seeds from N on (default 1). Fails when one of them does.
--trace prints everything that happened in each, with the milliseconds since its start.
--shrink looks for the fewest steps that still fail, and runs those.`;

/** A whole number of an option; undefined when it is none. */
function count(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: 'string', default: '1' },
      runs: { type: 'string', default: '100' },
      shrink: { type: 'boolean', default: false },
      trace: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [first, runs] = [count(values.seed), count(values.runs)];
  if (values.help || first === undefined || runs === undefined) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const start = performance.now();
  const failed: number[] = [];
  let virtualMs = 0;
  for (let seed = first; seed < first + runs; seed += 1) {
    const options = values.shrink ? { steps: await shrink(seed, runtimeClient) } : {};
    const outcome = await simulate(seed, runtimeClient, { ...options, keep: values.trace });
    virtualMs += outcome.virtualMs;
    for (const line of outcome.lines) console.log(line);
    if (outcome.problems.length === 0) continue;
    failed.push(seed);
    console.log(`seed ${seed}`);
    for (const problem of outcome.problems) console.log(`  ${problem}`);
    console.log(`  again: npm run simulate -- --seed ${seed} --runs 1 --trace`);
  }
  const seconds = ((performance.now() - start) / 1_000).toFixed(1);
  const days = (virtualMs / 86_400_000).toFixed(1);
  console.log(
    `${runs} simulations, ${failed.length} failed; ${days} days of theirs in ${seconds} s of ours`,
  );
  return failed.length === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));

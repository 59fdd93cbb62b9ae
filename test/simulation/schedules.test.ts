import { describe, expect, it } from 'vitest';
import { runtimeClient } from './runtime-client.ts';
import { simulate } from './simulate.ts';

const SCHEDULES = 1_000;
const PER_TEST = 50;
const FIRST_SEEDS = Array.from({ length: SCHEDULES / PER_TEST }, (_, i) => 1 + i * PER_TEST);
/** Seeds that are run twice to see whether they repeat. */
const REPEATED = 20;

/** What went wrong and how to see it again; empty when nothing did. */
async function failuresFrom(firstSeed: number): Promise<string[]> {
  const failures: string[] = [];
  for (let seed = firstSeed; seed < firstSeed + PER_TEST; seed += 1) {
    const { problems } = await simulate(seed, runtimeClient);
    if (problems.length === 0) continue;
    const replay = `npm run simulate -- --seed ${seed} --runs 1 --trace`;
    failures.push(`seed ${seed}: ${problems.join('; ')}\n  to see it again: ${replay}`);
  }
  return failures;
}

describe('the runtime tells its subscribers what they need to know, and leaves nothing behind,', () => {
  it.each(FIRST_SEEDS)(
    `whatever happens: ${PER_TEST} schedules from seed %i on`,
    async (firstSeed) => {
      expect((await failuresFrom(firstSeed)).join('\n')).toBe('');
    },
    60_000,
  );

  it(`in the same way whenever the seed is the same: ${REPEATED} seeds`, async () => {
    for (let seed = 1; seed <= REPEATED; seed += 1) {
      const [first, second] = [
        await simulate(seed, runtimeClient),
        await simulate(seed, runtimeClient),
      ];
      expect(second.digest, `seed ${seed}`).toBe(first.digest);
    }
  }, 60_000);
});

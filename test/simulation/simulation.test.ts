import { describe, expect, it } from 'vitest';
import { IdealClient } from './ideal-client.ts';
import type { Flaws } from './ideal-client.ts';
import { PlainClient } from './plain-client.ts';
import { Prng } from './prng.ts';
import { scheduleFrom } from './schedule.ts';
import { shrink, stepsOf } from './shrink.ts';
import type { ClientMaker } from './simulated-client.ts';
import { simulate } from './simulate.ts';
import type { Outcome } from './simulate.ts';

const SEEDS = Array.from({ length: 40 }, (_, i) => i + 1);

async function outcomes(flaws: Flaws = {}, seeds: readonly number[] = SEEDS): Promise<Outcome[]> {
  const all: Outcome[] = [];
  for (const seed of seeds)
    all.push(await simulate(seed, (world) => new IdealClient(world, flaws)));
  return all;
}

describe('a simulation', () => {
  it('has nothing against a client that is right', async () => {
    const all = await outcomes();
    expect(all.flatMap(({ seed, problems }) => problems.map((what) => `${seed}: ${what}`))).toEqual(
      [],
    );
    expect(all.reduce((sum, { told }) => sum + told, 0)).toBeGreaterThan(SEEDS.length);
  });

  it.each([
    ['drops a change', { dropsChange: 2 }, /told .*, is /],
    ['ignores what is written', { ignoresWrites: true }, /told .*, is /],
    ['skips a number', { skipsNumber: true }, /hears 2 after 0/],
    ['leaves a connection', { leavesConnection: true }, /1 connections are left/],
    ['leaves a timer', { leavesTimer: true }, /1 timers are left/],
    ['speaks after the end', { tellsAfterClose: true }, /after the end/],
    ['never subscribes', { neverSubscribes: true }, /was never subscribed/],
  ] as const)('finds out a client that %s', async (_, flaws, complaint) => {
    const problems = (await outcomes(flaws)).flatMap((outcome) => outcome.problems);
    expect(problems.some((what) => complaint.test(what))).toBe(true);
  });

  it('is the same whenever the seed is, and another for another', async () => {
    const digests = async (): Promise<string[]> => (await outcomes()).map(({ digest }) => digest);
    const first = await digests();
    expect(await digests()).toEqual(first);
    expect(new Set(first).size).toBe(first.length);
  });
});

describe('the SMB client on its own', () => {
  it('keeps every promise and leaves nothing behind, the same way each time', async () => {
    const outcome = (seed: number): Promise<Outcome> =>
      simulate(seed, (world, options) => new PlainClient(world, options));
    for (const seed of SEEDS.slice(0, 10)) {
      const { problems, digest } = await outcome(seed);
      expect(problems, `seed ${seed}`).toEqual([]);
      expect((await outcome(seed)).digest, `seed ${seed}`).toBe(digest);
    }
  });
});

describe('a schedule that goes wrong', () => {
  it('is reduced to the steps that make it so', async () => {
    const maker: ClientMaker = (world) => new IdealClient(world, { ignoresWrites: true });
    const seed = await firstFailing(maker);
    const steps = await shrink(seed, maker);
    expect((await simulate(seed, maker, { steps })).problems).not.toEqual([]);
    expect(steps.length).toBeLessThan(stepsOf(seed).length);
    expect(steps.map((step) => step.do)).toContain('subscribe');
  });
});

async function firstFailing(maker: ClientMaker): Promise<number> {
  for (const seed of SEEDS) if ((await simulate(seed, maker)).problems.length > 0) return seed;
  throw new Error('none fails');
}

describe('chance', () => {
  it('gives each concern of a seed its own numbers, whatever was used before', () => {
    const one = new Prng(7);
    one.next();
    const [left, right] = [one.split('left'), new Prng(7).split('left')];
    expect(left.bytes(8)).toEqual(right.bytes(8));
    expect(new Prng(7).split('right').bytes(8)).not.toEqual(new Prng(7).split('left').bytes(8));
  });

  it('brings every kind of step in time', () => {
    const seen = new Set(
      SEEDS.flatMap((seed) => scheduleFrom(new Prng(seed)).map((step) => step.do)),
    );
    expect(seen.size).toBe(32);
  });
});

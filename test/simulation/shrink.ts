import { Prng } from './prng.ts';
import { scheduleFrom } from './schedule.ts';
import type { Step } from './schedule.ts';
import { simulate } from './simulate.ts';
import type { ClientMaker } from './simulated-client.ts';

/**
 * The shortest schedule that still goes wrong, found by leaving out steps, many first, then fewer. What
 * goes wrong may be something else than at first.
 */
export async function shrink(
  seed: number,
  makeClient: ClientMaker,
  given?: readonly Step[],
): Promise<readonly Step[]> {
  let steps = given ?? stepsOf(seed);
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < steps.length;) {
      const fewer = [...steps.slice(0, at), ...steps.slice(at + size)];
      const { problems } = await simulate(seed, makeClient, { steps: fewer });
      if (problems.length > 0) steps = fewer;
      else at += size;
    }
  }
  return steps;
}

/** The schedule that a seed stands for. */
export function stepsOf(seed: number): Step[] {
  return scheduleFrom(new Prng(seed).split('schedule'));
}

import { setTimeout as delay } from 'node:timers/promises';
import { loadBetween, readCounters } from './cpu.ts';
import type { CpuCounter, Load } from './cpu.ts';

const WINDOW_MS = 500;
/** Shares of one core: what counts as quiet before a run, and as disturbed during one. */
const QUIET = 0.15;
const DISTURBED = 0.3;
const ATTEMPTS = 3;

/** Waits until nothing else runs on this machine, at most so long. */
export async function waitForQuiet(server: CpuCounter, patienceSeconds: number): Promise<void> {
  const end = performance.now() + patienceSeconds * 1000;
  while (performance.now() < end) {
    const before = readCounters(server);
    await delay(WINDOW_MS);
    const { others, smbd } = loadBetween(before, readCounters(server), 0);
    if (others + smbd < QUIET) return;
  }
}

/** Runs when it is quiet, and again when it was disturbed; gives the least disturbed run. */
export async function runUndisturbed<Run>(
  server: CpuCounter,
  patienceSeconds: number,
  run: () => Promise<Run>,
  loadOf: (run: Run) => Load,
): Promise<Run> {
  let best: Run | undefined;
  for (let attempt = 1; attempt <= (patienceSeconds > 0 ? ATTEMPTS : 1); attempt += 1) {
    await waitForQuiet(server, patienceSeconds);
    const next = await run();
    if (best === undefined || loadOf(next).others < loadOf(best).others) best = next;
    if (loadOf(best).others < DISTURBED) break;
  }
  return best!;
}

import { loadBetween, readCounters } from './cpu.ts';
import type { CpuCounter, Load } from './cpu.ts';

/** Runs something and tells what it cost smbd and our process meanwhile. */
export async function measured<T>(
  server: CpuCounter,
  ours: { cpuSeconds(): Promise<number> },
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly load: Load; readonly cpuSeconds: number }> {
  const cpuBefore = await ours.cpuSeconds();
  const before = readCounters(server);
  const result = await work();
  const after = readCounters(server);
  const cpuSeconds = (await ours.cpuSeconds()) - cpuBefore;
  return { result, load: loadBetween(before, after, cpuSeconds), cpuSeconds };
}

/** For benchmarks that need no server. */
export const NO_SERVER: CpuCounter = { cpuSeconds: () => 0 };

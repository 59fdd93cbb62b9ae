/**
 * Microseconds of a clock that all processes of this machine share (CLOCK_MONOTONIC), so that a moment in
 * one of them can be compared with a moment in another.
 */
export function nowMicros(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

/** A moment of `performance.now()` of this process on that clock. */
export function toMicros(performanceMs: number): number {
  return nowMicros() - (performance.now() - performanceMs) * 1_000;
}

/** What happened in a runtime since it started; for metrics. */
export class Counters {
  changes = 0;
  readonly resyncs: Record<string, number> = {};
  divergences = 0;
  reconnects = 0;
  listings = 0;
  verifications = 0;
  subscribers = 0;

  resynced(reason: string): void {
    this.resyncs[reason] = (this.resyncs[reason] ?? 0) + 1;
  }
}

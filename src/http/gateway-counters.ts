/** What the doors count, for metrics; all but the first three only grow. */
export interface GatewayCounters {
  /** Now. */
  sockets: number;
  /** Now. */
  subscriptions: number;
  /** Now: sockets that inspect. */
  inspectors: number;
  frames: number;
  slowResyncs: number;
  slowCloses: number;
  refused: number;
  inspectionDrops: number;
}

export function newCounters(): GatewayCounters {
  return {
    sockets: 0,
    subscriptions: 0,
    inspectors: 0,
    frames: 0,
    slowResyncs: 0,
    slowCloses: 0,
    refused: 0,
    inspectionDrops: 0,
  };
}

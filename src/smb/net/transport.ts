/**
 * A byte stream to one server. The client above it never sees a socket, so that tests can run
 * whole conversations in memory.
 */
export interface Transport {
  /** For messages and diagnostics, as `host:port`. */
  readonly remote: string;
  /** Sends the parts one after another, in order. Never throws; errors arrive by `onClose`. */
  send(parts: readonly Buffer[]): void;
  /** Registers the one reader. Chunks are handed over for good: the transport keeps no hold. */
  onData(reader: (chunk: Buffer) => void): void;
  /** Registers the one listener for the end; called exactly once, with the error if there was one. */
  onClose(listener: (error?: Error) => void): void;
  /** Sends what is queued, then ends. */
  close(): void;
  /** Ends at once. */
  destroy(): void;
}

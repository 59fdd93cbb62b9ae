/**
 * Where received bytes go. The reader owns the memory: a transport asks for room, fills it from the
 * front and says how far, so that bytes arrive where they are needed and nothing is copied.
 */
export interface ByteSink {
  /** Free room, at least one byte. */
  room(): Buffer;
  /** The first `length` bytes of the room last asked for are filled. */
  received(length: number): void;
}

/**
 * A byte stream to one server. The client above it never sees a socket, so that tests can run
 * whole conversations in memory.
 */
export interface Transport {
  /** For messages and diagnostics, as `host:port`. */
  readonly remote: string;
  /** Sends the parts one after another, in order. Never throws; errors arrive by `onClose`. */
  send(parts: readonly Buffer[]): void;
  /** Registers the one reader. What came before goes to it first. */
  receiveInto(sink: ByteSink): void;
  /** Registers the one listener for the end; called exactly once, with the error if there was one. */
  onClose(listener: (error?: Error) => void): void;
  /** Sends what is queued, then ends. */
  close(): void;
  /** Ends at once. */
  destroy(): void;
}

/** Fills a sink with bytes that lie elsewhere already. */
export function pour(bytes: Buffer, sink: ByteSink): void {
  for (let at = 0; at < bytes.length;) {
    const length = bytes.copy(sink.room(), 0, at);
    at += length;
    sink.received(length);
  }
}

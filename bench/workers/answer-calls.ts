/** What a worker can be asked to do: one argument, one answer, both plain data. */
export type Calls = Readonly<Record<string, (argument: never) => unknown>>;

/** To a worker. */
export interface Question {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

/** From a worker; `cpuSeconds` is all that its process has used so far. */
export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
  readonly cpuSeconds: number;
}

/** Makes this process a worker: it answers until the one who started it lets go of it. */
export function answerCalls(calls: Calls): void {
  process.on('message', ({ id, name, argument }: Question) => {
    const call = calls[name] as ((argument: unknown) => unknown) | undefined;
    const answer = (result: { value: unknown } | { error: string }): void => {
      const { user, system } = process.cpuUsage();
      process.send?.({ id, cpuSeconds: (user + system) / 1e6, ...result } satisfies Answer);
    };
    Promise.resolve()
      .then(() => call?.(argument))
      .then(
        (value) => answer({ value }),
        (error: unknown) => answer({ error: String((error as Error).stack ?? error) }),
      );
  });
  process.once('disconnect', () => process.exit());
}

/** Bytes in use after collecting all garbage twice: buffers go with the second collection only. */
export function settledBytes(): number {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('needs node --expose-gc');
  gc();
  gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

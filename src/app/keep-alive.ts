const LONGEST_MS = 2 ** 31 - 1;

/**
 * Keeps the process alive until it is called off. Timers of the runtime do not, since a runtime that does
 * nothing shall not; but a loop over a watch that waits for its server has to go on.
 */
export function keepAlive(): () => void {
  const timer = setInterval(() => undefined, LONGEST_MS);
  return () => clearInterval(timer);
}

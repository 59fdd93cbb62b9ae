/**
 * Calls what the caller gave us to call. What it throws is no fault of the connection, and must not
 * end it: it becomes an uncaught exception, as that of a listener of an EventTarget does.
 */
export function callOut(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

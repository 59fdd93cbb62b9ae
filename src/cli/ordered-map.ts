/**
 * Applies `work` to many items, at most `concurrency` of them at a time, and yields the results in the
 * order of the items, each as soon as all before it are there. A rejection ends it, after every started
 * work has ended.
 */
export async function* orderedMap<T, R>(
  items: readonly T[],
  concurrency: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const pending: Promise<R>[] = [];
  let next = 0;
  try {
    while (next < items.length || pending.length > 0) {
      while (next < items.length && pending.length < concurrency) {
        const started = work(items[next++] as T);
        // Looked at when its turn comes; until then nobody else would take care of a rejection.
        started.catch(() => undefined);
        pending.push(started);
      }
      yield await (pending.shift() as Promise<R>);
    }
  } finally {
    await Promise.allSettled(pending);
  }
}

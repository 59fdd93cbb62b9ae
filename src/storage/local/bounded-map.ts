/** Like `Promise.all` over `map`, with at most `limit` under way at once. The first failure counts. */
export async function mapBounded<From, To>(
  items: readonly From[],
  limit: number,
  map: (item: From) => Promise<To>,
): Promise<To[]> {
  const results: To[] = [];
  let next = 0;
  let failed = false;
  const work = async (): Promise<void> => {
    while (next < items.length && !failed) {
      const at = next++;
      try {
        results[at] = await map(items[at] as From);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  // Wait for all of them: whoever closes what they use afterwards must not pull it away.
  const workers = Array.from({ length: Math.min(limit, items.length) }, work);
  for (const outcome of await Promise.allSettled(workers)) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
  return results;
}

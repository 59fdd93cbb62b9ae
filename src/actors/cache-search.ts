import type { CacheActor } from './cache-actor.ts';

export interface FindOptions {
  readonly limit: number;
  readonly includeHidden: boolean;
  readonly fuzzy?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface FoundEntry {
  readonly path: string;
  readonly score: number;
  readonly kind: 'directory' | 'file';
}

export interface FoundEntries {
  readonly results: readonly FoundEntry[];
  readonly truncated: boolean;
}

/** Searches the tree of a cache. */
export class CacheSearch {
  readonly #cache: CacheActor;

  constructor(cache: CacheActor) {
    this.#cache = cache;
  }

  async find(query: string, { limit, includeHidden }: FindOptions): Promise<FoundEntries> {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    const { tree } = this.#cache.index;
    const results: FoundEntry[] = [];
    if (words.length === 0) return { results, truncated: false };
    for (let next: number | undefined = 0; next !== undefined;) {
      const slice = tree.slice(next, 20_000);
      next = slice.next;
      for (const id of slice.ids) {
        const path = tree.pathOf(id) ?? '';
        const lower = path.toLowerCase();
        if (!words.every((word) => lower.includes(word))) continue;
        if (!includeHidden && (path.startsWith('.') || path.includes('/.'))) continue;
        results.push({ path, score: 1, kind: tree.info(id).kind });
      }
    }
    return { results: results.slice(0, limit), truncated: results.length > limit };
  }

  async close(): Promise<void> {}
}

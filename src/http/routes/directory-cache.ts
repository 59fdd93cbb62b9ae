import { z } from 'zod';
import type { Caller, DirectoryCache } from '../../app/index.ts';
import { DEFAULTS } from '../../defaults.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { servicesOf } from '../door-world.ts';
import type { DoorWorld } from '../door-world.ts';
import { route } from '../route.ts';
import type { Route } from '../route.ts';
import { cacheAnswer, cacheInfo } from '../schemas/cache.ts';
import { text, wholeNumber } from '../schemas/common.ts';
import { connectionParams } from './connections.ts';

const QUERY = 1_000;
const MOST = DEFAULTS.httpMaxSearchResults;
const OTHERWISE = DEFAULTS.httpSearchResults;
const base = {
  access: 'user',
  needsServices: true,
  tag: 'cache',
  params: connectionParams,
} as const;
interface Asked {
  readonly caller: Caller;
  readonly params: { readonly id: string };
  readonly world: DoorWorld;
}

const yesOrNo = z.enum(['true', 'false']);
const search = {
  ...base,
  path: '/api/connections/:id/directories/search',
  answer: cacheAnswer,
  description:
    'Answers from the directory cache, in every state but `loading` and `failed` with what it has.',
} as const;

export const directoryCacheRoutes: readonly Route[] = [
  route({
    ...{ ...search, method: 'GET' },
    summary: 'Searches the directories of a connection',
    query: z.object({
      q: text(QUERY).default('').describe('What to look for; nothing finds nothing.'),
      limit: wholeNumber(1, MOST).prefault(OTHERWISE.toString()).describe('Most results.'),
      include_hidden: yesOrNo.optional().describe('Default: as the connection is set up.'),
      fuzzy: yesOrNo
        .optional()
        .describe('Letters in order are enough. Default: when substrings find too few.'),
    }),
    handle: async ({ query, signal, ...asked }) => {
      const { fuzzy, include_hidden: hidden, limit, q } = query;
      const flags = { includeHidden: flag(hidden), fuzzy: flag(fuzzy) };
      const body = await withCache(asked, (cache) => cache.search(q, { ...flags, limit, signal }));
      return { body };
    },
  }),
  route({
    ...{ ...search, method: 'POST' },
    summary: 'Searches the directories of a connection; the query stands in the body',
    body: z.strictObject({
      q: text(QUERY),
      limit: z.number().int().min(1).max(MOST).default(OTHERWISE),
      include_hidden: z.boolean().optional(),
      fuzzy: z.boolean().optional(),
    }),
    handle: async ({ body, signal, ...asked }) => {
      const { fuzzy, include_hidden: includeHidden, limit, q } = body;
      const wanted = { limit, includeHidden, fuzzy, signal };
      return { body: await withCache(asked, (cache) => cache.search(q, wanted)) };
    },
  }),
  route({
    ...{ ...base, method: 'GET', path: '/api/connections/:id/cache' },
    summary: 'State, counts, memory and failures of the directory cache',
    answer: cacheInfo,
    handle: async (asked) => ({ body: await withCache(asked, ({ info }) => info) }),
  }),
  route({
    ...{ ...base, method: 'POST', path: '/api/connections/:id/cache/rescan' },
    summary: 'Lists everything anew',
    status: 202,
    answer: cacheInfo,
    handle: async (asked) => ({
      body: await withCache(asked, (cache) => {
        cache.rescan();
        return cache.info;
      }),
    }),
  }),
];

function flag(word: 'true' | 'false' | undefined): boolean | undefined {
  return word === undefined ? undefined : word === 'true';
}

/** Works with the cache of a connection that the caller may use. Names of directories are contents. */
async function withCache<T>(
  { caller, params: { id }, world }: Asked,
  work: (cache: DirectoryCache) => T | Promise<T>,
): Promise<T> {
  const { connections } = servicesOf(world);
  const info = await connections.get(caller, id);
  if (!connections.mayUse(caller, info.id)) {
    throw new TidewatchError('not_found', 'there is no such connection');
  }
  return world.caches.use(info.id, work);
}

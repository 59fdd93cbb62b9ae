import { z } from 'zod';
import type { Caller, ListedEntry } from '../../app/index.ts';
import { DEFAULTS } from '../../defaults.ts';
import { servicesOf } from '../door-world.ts';
import { entryLines } from '../entry-lines.ts';
import { withoutPlaces } from '../http-errors.ts';
import { listAnswer } from '../list-page.ts';
import type { PageQuery } from '../list-page.ts';
import { route } from '../route.ts';
import type { Reply, RequestBase, Route } from '../route.ts';
import { pageQuery } from '../schemas/common.ts';
import { entry, entryList, path } from '../schemas/connection.ts';
import { connectionParams } from './connections.ts';

const MOST = DEFAULTS.httpMaxEntriesPage;
const whole = z.number().int().min(1);
const face = {
  path: '/api/connections/:id/entries',
  access: 'user',
  needsServices: true,
  tag: 'connections',
  params: connectionParams,
  answer: entryList,
  lines: entry,
  description:
    'Entries come in the order in which the server lists them. With `Accept: application/x-ndjson` the ' +
    'whole directory is streamed, one entry a line; a listing that fails ends with a line ' +
    '`{"error": …}` and is cut off.',
  errors: ['invalid_path', 'access_denied', 'unreachable', 'timeout', 'logon_failure'],
} as const;

export const entryRoutes: readonly Route[] = [
  route({
    ...{ ...face, method: 'GET' },
    summary: 'Lists one directory, live',
    query: pageQuery(DEFAULTS.httpPageSize, MOST).extend({ path: path.default('') }),
    handle: ({ query, ...request }) => list(request, query),
  }),
  route({
    ...{ ...face, method: 'POST' },
    summary: 'Lists one directory, live; the path stands in the body, where every name survives',
    body: z.strictObject({
      path: path.default(''),
      page: whole.default(1),
      page_size: whole.max(MOST).default(DEFAULTS.httpPageSize),
    }),
    handle: ({ body, ...request }) => list(request, body),
  }),
];

interface Asked extends RequestBase {
  readonly caller: Caller;
  readonly params: { readonly id: string };
}

async function list(
  { caller, params: { id }, signal, wantsLines, world }: Asked,
  wanted: PageQuery & { readonly path: string },
): Promise<Reply<z.input<typeof entryList>>> {
  const { connections } = servicesOf(world);
  // Whether the caller may use it is told in words of our own; what fails later, without places.
  await connections.get(caller, id);
  const pages = tellingNoPlaces(await told(connections.entries(caller, id, wanted.path, signal)));
  if (wantsLines) {
    return { lines: entryLines(pages, (one) => entry.parse(one)) };
  }
  const first = (wanted.page - 1) * wanted.page_size;
  const items: ListedEntry[] = [];
  let total = 0;
  for await (const page of pages) {
    const from = Math.max(0, first - total);
    const room = wanted.page_size - items.length;
    items.push(...page.slice(from, from + room));
    total += page.length;
  }
  return { body: listAnswer({ items, total }, wanted) };
}

async function* tellingNoPlaces<T>(pages: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* pages;
  } catch (error) {
    throw withoutPlaces(error);
  }
}

async function told<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throw withoutPlaces(error);
  }
}

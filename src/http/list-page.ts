import type { ParsedUrlQuery } from 'node:querystring';
import { DEFAULTS } from '../defaults.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';

/** One page of a list: section 5 of the contract. */
export interface ListPage<T> {
  readonly items: readonly T[];
  readonly total: number;
  readonly page: number;
  readonly page_size: number;
  readonly total_pages: number;
  readonly has_more: boolean;
}

/** The page that the query asks for with `page` and `page_size`. Throws `invalid_argument`. */
export function listPage<T>(all: readonly T[], query: ParsedUrlQuery): ListPage<T> {
  const page = wholeNumber(query, 'page', 1, Number.MAX_SAFE_INTEGER);
  const size = wholeNumber(query, 'page_size', DEFAULTS.httpPageSize, DEFAULTS.httpMaxPageSize);
  const start = (page - 1) * size;
  return {
    items: all.slice(start, start + size),
    total: all.length,
    page,
    page_size: size,
    total_pages: Math.ceil(all.length / size),
    has_more: start + size < all.length,
  };
}

function wholeNumber(query: ParsedUrlQuery, name: string, otherwise: number, most: number): number {
  const text = query[name];
  if (text === undefined) return otherwise;
  const value = typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= most) return value;
  throw new TidewatchError(
    'invalid_argument',
    `${name} is no whole number from 1 to ${most.toString()}`,
  );
}

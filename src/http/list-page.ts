import type { Page, Slice } from '../app/index.ts';

/** One page of a list: section 5 of the contract. */
export interface ListPage<T> {
  readonly items: readonly T[];
  readonly total: number;
  readonly page: number;
  readonly page_size: number;
  readonly total_pages: number;
  readonly has_more: boolean;
}

/** What a query asks for with `page` and `page_size`. */
export interface PageQuery {
  readonly page: number;
  readonly page_size: number;
}

export function pageOf({ page, page_size: pageSize }: PageQuery): Page {
  return { page, pageSize };
}

/** The answer that a slice of a list makes. */
export function listAnswer<T>({ items, total }: Slice<T>, query: PageQuery): ListPage<T> {
  const { page, page_size: size } = query;
  return {
    items,
    total,
    page,
    page_size: size,
    total_pages: Math.ceil(total / size),
    has_more: page * size < total,
  };
}

/** The answer that a list makes which is there as a whole. */
export function listPage<T>(all: readonly T[], query: PageQuery): ListPage<T> {
  const { page, page_size: size } = query;
  const start = (page - 1) * size;
  return listAnswer({ items: all.slice(start, start + size), total: all.length }, query);
}

import { listPage } from '../list-page.ts';
import { route } from '../route.ts';
import type { Route } from '../route.ts';
import { pageQuery } from '../schemas/common.ts';
import { watchList } from '../schemas/operation.ts';
import { hidingPlaces } from '../server-places.ts';

export const watchRoutes: readonly Route[] = [
  route({
    ...{ method: 'GET', path: '/api/watches', access: 'admin', tag: 'runtime' },
    summary: 'Every live watch',
    query: pageQuery(),
    answer: watchList,
    handle: ({ query, world: { runtime } }) => {
      const hide = hidingPlaces(runtime);
      const page = listPage(runtime.watches(), query);
      const items = page.items.map((one) => ({ ...one, location: hide(one.location) }));
      return { body: { ...page, items } };
    },
  }),
];

import { z } from 'zod';
import type { ActorInfo } from '../../app/index.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { listPage } from '../list-page.ts';
import { route } from '../route.ts';
import type { Route } from '../route.ts';
import { pageQuery } from '../schemas/common.ts';
import { actor, actorList } from '../schemas/operation.ts';
import { hidingPlaces } from '../server-places.ts';

const base = { method: 'GET', access: 'admin', tag: 'runtime' } as const;

export const runtimeRoutes: readonly Route[] = [
  route({
    ...{ ...base, path: '/api/runtime/actors' },
    summary: 'The actors of the runtime and their states',
    query: pageQuery(),
    answer: actorList,
    handle: ({ query, world: { runtime } }) => {
      const page = listPage(runtime.actors.list(), query);
      const shown = showing(hidingPlaces(runtime));
      return { body: { ...page, items: page.items.map(shown) } };
    },
  }),
  route({
    ...{ ...base, path: '/api/runtime/actors/:id' },
    summary: 'One actor',
    params: z.object({ id: z.string() }),
    answer: actor,
    handle: ({ params: { id }, world: { runtime } }) => {
      const shown = showing(hidingPlaces(runtime));
      const found =
        runtime.actors.get(id) ?? runtime.actors.list().find((one) => shown(one).id === id);
      if (found === undefined) throw new TidewatchError('not_found', 'there is no such actor');
      return { body: shown(found) };
    },
  }),
];

function showing(hide: (text: string) => string): (actor: ActorInfo) => ActorInfo {
  return ({ id, parent, ...rest }) => ({
    ...rest,
    id: hide(id),
    ...(parent === undefined ? {} : { parent: hide(parent) }),
  });
}

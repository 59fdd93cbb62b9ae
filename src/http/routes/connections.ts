import { z } from 'zod';
import type { Caller, ConnectionInfo, SavedConnectionInfo } from '../../app/index.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { servicesOf } from '../door-world.ts';
import type { DoorWorld } from '../door-world.ts';
import { tagOf, versionWanted } from '../if-match.ts';
import { listAnswer, listPage, pageOf } from '../list-page.ts';
import { route } from '../route.ts';
import type { Route } from '../route.ts';
import { pageQuery, text } from '../schemas/common.ts';
import { connection, connectionFields, connectionList } from '../schemas/connection.ts';
import { relativeRoot } from '../server-places.ts';

const NAME = 1_000;
const base = { access: 'user', tag: 'connections' } as const;

/** An id in any spelling of a UUID, or a name. */
export const connectionParams = z.object({
  id: text(NAME, 1).describe('Id in any spelling of a UUID, or name.'),
});

export const connectionRoutes: readonly Route[] = [
  route({
    ...{ ...base, method: 'GET', path: '/api/connections' },
    summary: 'The connections that the caller may see, without secrets',
    query: pageQuery(),
    answer: connectionList,
    handle: async ({ caller, query, world }) => {
      const { runtime, services } = world;
      const found =
        services === undefined
          ? listPage(runtime.connections.list().map(shown), query)
          : listAnswer(await shownSlice(services.connections.list(caller, pageOf(query))), query);
      return { body: found };
    },
  }),
  route({
    ...{ ...base, method: 'GET', path: '/api/connections/:id' },
    summary: 'One connection',
    params: connectionParams,
    answer: connection,
    handle: async ({ caller, params, world }) => {
      const found = await connectionOf(world, caller, params.id);
      return { body: shown(found), headers: tagOf(found) };
    },
  }),
  route({
    ...{ ...base, method: 'POST', path: '/api/connections', needsServices: true },
    summary: 'Saves a connection; `local` ones are for administrators',
    body: connectionFields,
    status: 201,
    answer: connection,
    errors: ['forbidden', 'already_exists'],
    handle: async ({ body, caller, world }) => {
      const made = await servicesOf(world).connections.create(caller, body);
      const headers = { ...tagOf(made), Location: `/api/connections/${made.id}` };
      return { body: shown(made), headers };
    },
  }),
  route({
    ...{ ...base, method: 'PATCH', path: '/api/connections/:id', needsServices: true },
    summary: 'Changes a connection; those who are subscribed move to where it leads then',
    description:
      'A change of host, port, user, bucket or endpoint needs the secret anew. With `If-Match` it is ' +
      'made only to the version that it names.',
    params: connectionParams,
    body: connectionFields,
    answer: connection,
    conditional: true,
    errors: ['forbidden', 'already_exists', 'secret_required'],
    handle: async ({ body, caller, ifMatch, params: { id }, world }) => {
      const { connections } = servicesOf(world);
      const current = async (): Promise<number | undefined> =>
        (await connections.get(caller, id)).version;
      const version = await versionWanted(ifMatch, current);
      const changed = await connections.update(caller, id, body, version);
      return { body: shown(changed), headers: tagOf(changed) };
    },
  }),
  route({
    ...{ ...base, method: 'DELETE', path: '/api/connections/:id', needsServices: true },
    summary: 'Deletes a connection; its subscriptions end',
    params: connectionParams,
    status: 204,
    conditional: true,
    errors: ['forbidden'],
    handle: async ({ caller, ifMatch, params: { id }, world }) => {
      const { connections } = servicesOf(world);
      const current = async (): Promise<number | undefined> =>
        (await connections.get(caller, id)).version;
      await connections.remove(caller, id, await versionWanted(ifMatch, current));
      return {};
    },
  }),
];

/** A connection that the caller may see. Throws `not_found`. */
async function connectionOf(
  { runtime, services }: DoorWorld,
  caller: Caller,
  id: string,
): Promise<SavedConnectionInfo> {
  if (services !== undefined) return services.connections.get(caller, id);
  const found = runtime.connections.get(id);
  if (found === undefined) throw new TidewatchError('not_found', 'there is no such connection');
  return found;
}

async function shownSlice(
  slice: Promise<{ readonly items: readonly SavedConnectionInfo[]; readonly total: number }>,
): Promise<{ items: readonly SavedConnectionInfo[]; total: number }> {
  const { items, total } = await slice;
  return { items: items.map(shown), total };
}

function shown({
  root_path: root,
  ...info
}: ConnectionInfo | SavedConnectionInfo): SavedConnectionInfo {
  return { ...info, ...relativeRoot(root) };
}

import { z } from 'zod';
import type { SettingInfo } from '../../app/index.ts';
import { DEFAULTS } from '../../defaults.ts';
import { servicesOf } from '../door-world.ts';
import { listPage } from '../list-page.ts';
import { route } from '../route.ts';
import type { Route } from '../route.ts';
import { pageQuery, text } from '../schemas/common.ts';
import { settingList } from '../schemas/operation.ts';

const KEY = 200;
const ALL = DEFAULTS.httpMaxPageSize;
const base = {
  path: '/api/settings',
  access: 'admin',
  needsServices: true,
  tag: 'settings',
} as const;

export const settingRoutes: readonly Route[] = [
  route({
    ...{ ...base, method: 'GET' },
    summary: 'Every setting: the value that counts, its default, and where it came from',
    query: pageQuery(ALL, ALL),
    answer: settingList,
    handle: ({ query, world }) => {
      const all = servicesOf(world).settings.list().map(withoutSecret);
      return { body: listPage(all, query) };
    },
  }),
  route({
    ...{ ...base, method: 'PATCH' },
    summary: 'Changes settings, all of those named or none; null goes back to the default',
    body: z.record(text(KEY, 1), z.unknown()),
    answer: settingList,
    handle: async ({ body, caller, world }) => {
      const all = await servicesOf(world).settings.update(caller, body);
      const page = listPage(all.map(withoutSecret), { page: 1, page_size: ALL });
      return { body: page };
    },
  }),
];

/** `has_value` stands for the value of a secret, whatever else came along. */
function withoutSecret(setting: SettingInfo): SettingInfo {
  if (setting.has_value === undefined) return setting;
  const { value: _value, ...shown } = setting;
  return shown;
}

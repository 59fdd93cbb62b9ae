import { defineEntity, p } from '@mikro-orm/core';
import type { InferEntity } from '@mikro-orm/core';

/** Something that is done once in the life of a database, such as making the first account. */
export const OneTimeTask = defineEntity({
  name: 'OneTimeTask',
  tableName: 'one_time_task',
  properties: {
    name: p.text().primary(),
    doneAt: p.datetime().length(3),
    details: p.json<Readonly<Record<string, unknown>>>(),
  },
});
export type OneTimeTask = InferEntity<typeof OneTimeTask>;

import { defineEntity, p } from '@mikro-orm/core';
import type { InferEntity } from '@mikro-orm/core';

/** A setting that differs from its default: `value`, or `sealed` when it is a secret. */
export const SystemSetting = defineEntity({
  name: 'SystemSetting',
  tableName: 'system_setting',
  properties: {
    key: p.text().primary(),
    value: p.json<unknown>().nullable(),
    sealed: p.uint8array().nullable(),
    /** The key that `sealed` is sealed with. */
    keyId: p.text().nullable(),
    updatedAt: p.datetime().length(3),
    /** Name of who changed it last. */
    updatedBy: p.text(),
  },
});
export type SystemSetting = InferEntity<typeof SystemSetting>;

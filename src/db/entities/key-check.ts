import { defineEntity, p } from '@mikro-orm/core';
import type { InferEntity } from '@mikro-orm/core';

/** A known text sealed with a secret key: who can open it has the right key. One row for each key. */
export const KeyCheck = defineEntity({
  name: 'KeyCheck',
  tableName: 'key_check',
  properties: {
    keyId: p.text().primary(),
    sealed: p.uint8array(),
    /** Whether new secrets are sealed with this key. */
    current: p.boolean(),
    createdAt: p.datetime().length(3),
  },
});
export type KeyCheck = InferEntity<typeof KeyCheck>;

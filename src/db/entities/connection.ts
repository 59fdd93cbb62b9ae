import { defineEntity, p } from '@mikro-orm/core';
import type { InferEntity } from '@mikro-orm/core';
import { User } from './user.ts';

/** A saved connection. */
export const Connection = defineEntity({
  name: 'Connection',
  tableName: 'connection',
  properties: {
    id: p.uuid().primary(),
    /** UUID of the account it belongs to; null when to none. An account that owns some stays. */
    ownerId: () =>
      p.manyToOne(User).mapToPk().fieldName('owner_id').nullable().deleteRule('no action'),
    name: p.text(),
    /** The name with case folded; unique among those of one owner. */
    nameKey: p.text(),
    type: p.enum(['smb', 'local', 's3'] as const),
    scope: p.enum(['private', 'shared'] as const),
    /** The fields that are no secret, named as in the contract. */
    config: p.json<Readonly<Record<string, unknown>>>(),
    /** JSON of the secrets, sealed. */
    secrets: p.uint8array().nullable(),
    /** Which secrets there are. */
    secretNames: p.json<readonly string[]>(),
    /** The key that `secrets` is sealed with. */
    keyId: p.text().nullable(),
    createdAt: p.datetime().length(3),
    updatedAt: p.datetime().length(3),
    version: p.integer().version(),
  },
  uniques: [{ properties: ['ownerId', 'nameKey'] }],
});
export type Connection = InferEntity<typeof Connection>;

import { defineEntity, p } from '@mikro-orm/core';
import type { InferEntity } from '@mikro-orm/core';
import { User } from './user.ts';

/** A login, or a token made for programs. What the bearer shows is kept as a hash only. */
export const ApiToken = defineEntity({
  name: 'ApiToken',
  tableName: 'api_token',
  properties: {
    id: p.uuid().primary(),
    /** UUID of the account; null for tokens of the command line. They end with the account. */
    userId: () =>
      p.manyToOne(User).mapToPk().fieldName('user_id').nullable().deleteRule('cascade').index(),
    name: p.text(),
    kind: p.enum(['login', 'api'] as const),
    tokenHash: p.uint8array().unique(),
    createdAt: p.datetime().length(3),
    expiresAt: p.datetime().length(3).nullable().index(),
    lastUsedAt: p.datetime().length(3).nullable(),
  },
});
export type ApiToken = InferEntity<typeof ApiToken>;

import { defineEntity, p } from '@mikro-orm/core';
import type { InferEntity } from '@mikro-orm/core';

/** An account. */
export const User = defineEntity({
  name: 'User',
  tableName: 'user',
  properties: {
    id: p.uuid().primary(),
    /** As its owner writes it. */
    username: p.text(),
    /** The same with case folded: two accounts may not differ by case alone. */
    usernameKey: p.text().unique(),
    passwordHash: p.text(),
    role: p.enum(['admin', 'user'] as const),
    enabled: p.boolean(),
    createdAt: p.datetime().length(3),
    updatedAt: p.datetime().length(3),
    lastLoginAt: p.datetime().length(3).nullable(),
    version: p.integer().version(),
  },
});
export type User = InferEntity<typeof User>;

import { defineEntity, p } from '@mikro-orm/core';
import type { InferEntity } from '@mikro-orm/core';

/** Who did what. */
export const AuditLog = defineEntity({
  name: 'AuditLog',
  tableName: 'audit_log',
  properties: {
    /** UUID of version 7 (`timeOrderedIds`), so that the order of the ids is the order of events. */
    id: p.uuid().primary(),
    at: p.datetime().length(3),
    /** Name of who did it: it outlives the account. */
    actor: p.text(),
    action: p.text(),
    subject: p.text().nullable(),
    outcome: p.enum(['ok', 'refused'] as const),
    address: p.text().nullable(),
    details: p.json<Readonly<Record<string, unknown>>>(),
  },
  indexes: [{ properties: ['action', 'id'] }],
});
export type AuditLog = InferEntity<typeof AuditLog>;

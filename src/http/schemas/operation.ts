import { z } from 'zod';
import { errorCode, listOf, time } from './common.ts';
import { named } from './named.ts';

export const watch = named(
  'Watch',
  z.object({
    connection: z.string().optional(),
    location: z.string(),
    path: z.string(),
    mode: z.enum(['flat', 'tree', 'recursive', 'polling']),
    state: z.string(),
    since: time,
    subscribers: z.number().int().nonnegative(),
    seq: z.number().int().nonnegative(),
    last_event_at: time.optional(),
    verified_at: time.optional(),
    reconnects: z.number().int().nonnegative(),
    code: errorCode.optional(),
  }),
);
export const watchList = listOf('WatchList', watch);

export const actor = named(
  'Actor',
  z.object({
    id: z.string(),
    machine: z.string(),
    state: z.string(),
    parent: z.string().optional(),
    since: time,
    last_event: z.string().optional(),
    counters: z.record(z.string(), z.number()),
  }),
);
export const actorList = listOf('ActorList', actor);

export const setting = named(
  'Setting',
  z.object({
    key: z.string(),
    value: z.unknown().optional().describe('The value that counts; absent for secrets.'),
    has_value: z.boolean().optional(),
    default: z.unknown(),
    source: z.enum(['default', 'database', 'environment']),
    description: z.string(),
  }),
);
export const settingList = listOf('SettingList', setting);

export const auditRecord = named(
  'AuditRecord',
  z.object({
    id: z.string(),
    at: time,
    actor: z.string(),
    action: z.string(),
    subject: z.string().optional(),
    outcome: z.enum(['ok', 'refused']),
    address: z.string().optional(),
    details: z.record(z.string(), z.unknown()).optional(),
  }),
);
export const auditPage = named(
  'AuditPage',
  z.object({
    items: z.array(auditRecord).readonly(),
    has_more: z.boolean(),
    next_after: z.string().optional().describe('Pass as `after` for what is older.'),
  }),
);

import { z } from 'zod';
import { CACHE_STATES } from '../../app/index.ts';
import { errorCode, time } from './common.ts';
import { named } from './named.ts';

const state = z.enum(CACHE_STATES);
const count = z.number().int().nonnegative();

export const cacheAnswer = named(
  'CacheAnswer',
  z.object({
    results: z
      .array(
        z.object({
          path: z.string(),
          score: z.number().describe('Higher is better; it only orders one answer.'),
          kind: z.enum(['directory', 'file']).optional(),
        }),
      )
      .readonly(),
    state,
    directories: count,
    scanned_at: time.optional(),
    truncated: z.boolean().describe('There are more results.'),
  }),
);

const scan = z.object({
  started_at: time,
  finished_at: time,
  listed: count,
  ms: z.number().nonnegative(),
});

const failure = z.object({
  path: z.string(),
  code: errorCode,
  message: z.string(),
  attempts: count,
  at: time,
});

export const cacheInfo = named(
  'CacheInfo',
  z.object({
    state,
    since: time,
    directories: count,
    files: count.optional(),
    scanned: count.describe('Directories that the scan under way, or the last one, has listed.'),
    waiting: count.optional().describe('Directories that wait to be listed.'),
    progress: z.number().min(0).max(1).optional(),
    rate: z.number().nonnegative().optional().describe('Directories listed a second.'),
    eta_ms: z.number().nonnegative().optional(),
    last_scan: scan.optional(),
    scanned_at: time.optional(),
    stale: count.optional().describe('Directories in doubt, because listing them failed.'),
    errors: z.array(failure).readonly().optional().describe('The first few of them.'),
    capped: z
      .array(z.enum(['entries', 'depth']))
      .readonly()
      .optional()
      .describe('What is missing.'),
    coverage: z.enum(['tree', 'partial', 'polling', 'none']).optional(),
    handles: count.optional(),
    watch_budget: count.optional(),
    samples: count.optional(),
    divergences: count.optional().describe('Differences that nobody had told.'),
    bytes: count,
    saved_at: time.optional(),
    code: errorCode.optional(),
    message: z.string().optional(),
    attempt: count.optional(),
    retry_in_ms: z.number().nonnegative().optional(),
  }),
);

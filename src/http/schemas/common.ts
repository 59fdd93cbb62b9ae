import { z } from 'zod';
import { ERROR_CODES } from '../../errors/codes.ts';
import type { ErrorCode } from '../../errors/codes.ts';
import { DEFAULTS } from '../../defaults.ts';
import { named } from './named.ts';

/** ISO 8601, UTC. */
export const time = z.iso.datetime();
export const uuid = z.uuid();

/** A whole number of a query, where everything is text. */
export function wholeNumber(least: number, most: number): z.ZodType<number, string> {
  return z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.number().int().min(least).max(most));
}

/** `page` and `page_size` of a list. */
export function pageQuery(
  otherwise: number = DEFAULTS.httpPageSize,
  most: number = DEFAULTS.httpMaxPageSize,
): ReturnType<typeof pageSchema> {
  return pageSchema(otherwise, most);
}

function pageSchema(otherwise: number, most: number) {
  return z.object({
    page: wholeNumber(1, Number.MAX_SAFE_INTEGER).prefault('1').describe('Which page, from 1.'),
    page_size: wholeNumber(1, most)
      .prefault(otherwise.toString())
      .describe(`Items of a page, at most ${most}.`),
  });
}

/** The list form of everything that has pages. */
export function listOf<T extends z.ZodType>(id: string, item: T): ReturnType<typeof listSchema<T>> {
  return named(id, listSchema(item));
}

function listSchema<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item).readonly(),
    total: z.number().int().nonnegative(),
    page: z.number().int().positive(),
    page_size: z.number().int().positive(),
    total_pages: z.number().int().nonnegative(),
    has_more: z.boolean(),
  });
}

export const errorCode = named(
  'ErrorCode',
  z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]),
);

export const errorBody = named(
  'Error',
  z.object({
    detail: z.string().describe('A sentence for people.'),
    code: errorCode,
    fields: z
      .record(z.string(), z.string())
      .optional()
      .describe('What is wrong with which field: a sentence each.'),
  }),
);

/** A text that a client sends, bounded. */
export function text(most: number, least = 0): z.ZodString {
  return z.string().min(least).max(most);
}

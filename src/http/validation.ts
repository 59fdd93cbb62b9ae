import type { ParsedUrlQuery } from 'node:querystring';
import type { z } from 'zod';
import { DEFAULTS } from '../defaults.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';

/** Query, parameters and bodies are objects, so that each member has a name of its own. */
export type ObjectSchema = z.ZodObject;

type Fields = Readonly<Record<string, string>>;
type Issue = z.core.$ZodRawIssue;

/** So many wrong fields are named; a body may hold thousands. */
const NAMED_FIELDS = 20;

/** Parameters of a path that cannot be name nothing: `not_found`. */
export function readParams(schema: ObjectSchema | undefined, given: Fields): unknown {
  if (schema === undefined) return {};
  const read = schema.safeParse(given);
  if (!read.success) throw new TidewatchError('not_found', 'nothing can have that id');
  return read.data;
}

/** Throws `invalid_argument`, which is answered with 400. Parameters that nobody knows are ignored. */
export function readQuery(schema: ObjectSchema | undefined, given: ParsedUrlQuery): unknown {
  if (schema === undefined) return {};
  const read = schema.safeParse(given, { error: sentence });
  if (read.success) return read.data;
  throw new TidewatchError('invalid_argument', summary(fieldsOf(read.error)));
}

/** Throws `invalid_argument` with `fields`, which is answered with 422. */
export function readBody(schema: z.ZodType, given: unknown): unknown {
  const read = schema.safeParse(given, { error: sentence });
  if (read.success) return read.data;
  const whole = read.error.issues.find(
    ({ code, path }) => path.length === 0 && code !== 'unrecognized_keys',
  );
  if (whole !== undefined) {
    const message = given === undefined ? 'the request has no body' : `the body ${whole.message}`;
    throw new TidewatchError('invalid_argument', message);
  }
  const fields = fieldsOf(read.error);
  throw new TidewatchError('invalid_argument', summary(fields), { fields });
}

/** A sentence for each field, without what stood in it: it may be a secret. */
function fieldsOf({ issues }: z.ZodError): Fields {
  const fields = new Map<string, string>();
  const note = (name: string, what: string): void => {
    const shown = name.slice(0, DEFAULTS.logPathCharacters);
    if (fields.size < NAMED_FIELDS && !fields.has(shown)) fields.set(shown, `${shown} ${what}`);
  };
  for (const issue of issues) {
    const path = issue.path.map(String);
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) note([...path, key].join('.'), 'is no field of this request');
    } else {
      note(path.join('.'), issue.message);
    }
  }
  return Object.fromEntries(fields);
}

function summary(fields: Fields): string {
  return Object.values(fields).join('; ');
}

/** The end of a sentence that begins with the name of the field. */
function sentence(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${typeWord(issue.expected)}`;
    case 'too_small':
      return tooSmall(issue);
    case 'too_big':
      return issue.origin === 'string'
        ? `must not be longer than ${issue.maximum} characters`
        : `must not be more than ${issue.maximum}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_format':
      return issue.format === 'datetime'
        ? 'must be a time such as 2026-01-31T12:00:00Z'
        : `must have the form of ${issue.format === 'regex' ? 'a whole number' : issue.format}`;
    case 'invalid_union':
      return 'has a value that cannot be';
    default:
      return undefined;
  }
}

function tooSmall(issue: { readonly origin: string; readonly minimum: number | bigint }): string {
  if (issue.origin !== 'string') return `must not be less than ${issue.minimum}`;
  return issue.minimum === 1
    ? 'must not be empty'
    : `must have at least ${issue.minimum} characters`;
}

function typeWord(expected: string): string {
  const words: Readonly<Record<string, string>> = {
    ...{ string: 'a text', number: 'a number', int: 'a whole number', boolean: 'true or false' },
    ...{ object: 'a JSON object', array: 'a list', record: 'a JSON object' },
  };
  return words[expected] ?? expected;
}

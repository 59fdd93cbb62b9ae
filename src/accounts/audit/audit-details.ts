import { DEFAULTS } from '../../defaults.ts';

/** Names under which a secret may stand. Ids of what is secret, and whether there is one, are none. */
const SECRET = /pass|secret|token|ticket|credential|authori[sz]ation|cookie|api_?key|(^|_)key$/i;
const NO_SECRET = /(_id|_ids|_names?)$|^has_/i;
const REDACTED = '[redacted]';
/** A password within a location. */
const IN_LOCATION = /([a-z][a-z0-9+.-]*:\/\/[^\s/@:]*):[^\s/@]*@/gi;
const DEPTH = 6;

/**
 * Details fit for the record: what stands under a name of secrets is taken out, whoever put it there;
 * what is too much becomes the names of its members.
 */
export function auditDetails(
  details: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const clean = redact(details, DEPTH) as Record<string, unknown>;
  const text = JSON.stringify(clean);
  if (Buffer.byteLength(text) <= DEFAULTS.auditDetailBytes) return clean;
  const names = Object.keys(clean).map((name) => name.slice(0, 64));
  return { truncated: true, names: names.slice(0, 32) };
}

/** A short text for a column of the record. */
export function auditText(text: string): string {
  return withoutPasswords(text).toWellFormed().replaceAll('\0', '').slice(0, 300);
}

function redact(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return auditValue(value);
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0 || ArrayBuffer.isView(value)) return REDACTED;
  if (Array.isArray(value)) return value.map((one) => redact(one, depth - 1));
  const members = Object.entries(value).map(([name, member]) => {
    const secret = SECRET.test(name) && !NO_SECRET.test(name) && typeof member !== 'boolean';
    return [auditValue(name), secret ? REDACTED : redact(member, depth - 1)];
  });
  return Object.fromEntries(members) as object;
}

/** jsonb takes neither NUL nor unpaired surrogates. */
function auditValue(text: string): string {
  return withoutPasswords(text).toWellFormed().replaceAll('\0', '');
}

function withoutPasswords(text: string): string {
  return text.replace(IN_LOCATION, '$1@');
}

import { DEFAULTS } from '../defaults.ts';

const SECRET =
  /pass(word|wd|phrase|code)|secret|token|credential|logon|ticket|authorization|cookie|key$/i;

/**
 * A value as JSON can have it, for people to look at: nothing secret by its name, no cycle, not too deep
 * and not too wide. Whatever an actor holds, this does not throw.
 */
export function redact(value: unknown): unknown {
  return visit(value, DEFAULTS.inspectDepth, new Set());
}

function visit(value: unknown, depth: number, above: Set<object>): unknown {
  switch (typeof value) {
    case 'string':
      return isPlace(value) ? '[place]' : redactUrls(value);
    case 'bigint':
      return value.toString();
    case 'symbol':
      return value.toString();
    case 'function':
      return { type: value.name };
    case 'object':
      return value === null ? null : visitObject(value, depth, above);
    case 'number':
    case 'boolean':
    case 'undefined':
      return value;
  }
}

function visitObject(value: object, depth: number, above: Set<object>): unknown {
  if (above.has(value)) return '[circular]';
  if (depth === 0) return '[deep]';
  above.add(value);
  try {
    return visitParts(value, depth - 1, above);
  } catch {
    // A getter or toJSON of somebody else's that fails.
    return '[unreadable]';
  } finally {
    above.delete(value);
  }
}

function visitParts(value: object, depth: number, above: Set<object>): unknown {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Error) {
    const { code } = value as { code?: unknown };
    return visitMembers({ name: value.name, code, message: value.message }, depth, above);
  }
  if (value instanceof Map || value instanceof Set) return visitList(value, depth, above);
  if (Array.isArray(value)) return visitList(value, depth, above);
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function') return visit(toJSON.call(value), depth + 1, above);
  return visitMembers(value, depth, above);
}

function visitList(list: Iterable<unknown>, depth: number, above: Set<object>): unknown[] {
  const shown: unknown[] = [];
  for (const one of list) {
    if (shown.length === DEFAULTS.inspectMembers) {
      shown.push('[more]');
      break;
    }
    shown.push(visit(one, depth, above));
  }
  return shown;
}

function visitMembers(value: object, depth: number, above: Set<object>): object {
  const members = Object.entries(value);
  const shown = members
    .slice(0, DEFAULTS.inspectMembers)
    .map(([name, member]) => [name, redactMember(name, member, depth, above)]);
  if (members.length > shown.length) shown.push(['…', '[more]']);
  return Object.fromEntries(shown) as object;
}

/** That there is a secret may be known; numbers and texts under such a name may be one. */
function redactMember(name: string, member: unknown, depth: number, above: Set<object>): unknown {
  const harmless = member === undefined || member === null || typeof member === 'boolean';
  return SECRET.test(name) && !harmless ? '[redacted]' : visit(member, depth, above);
}

/** An absolute path: where things lie on this machine, such as the data folder. */
function isPlace(text: string): boolean {
  return /^(?:\/|[a-z]:[\\/])[^\s]*[\\/]/i.test(text);
}

/** A password in an address, up to the last @ before a slash. */
function redactUrls(text: string): string {
  return text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^:@/\s]*):[^\s]*@/gi, '$1@');
}

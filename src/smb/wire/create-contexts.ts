import { align8 } from './layout.ts';
import { Reader } from './reader.ts';

/** An addition to CREATE (MS-SMB2 2.2.13.2), as `MxAc` or `QFid`. */
export interface CreateContext {
  /** Usually 4 ASCII characters; the bytes as latin1. */
  name: string;
  /** A view after decoding. */
  data: Buffer;
}

const FIXED = 16;

const dataAt = (context: CreateContext): number => align8(FIXED + context.name.length);

function entrySize(context: CreateContext): number {
  return context.data.length === 0
    ? FIXED + context.name.length
    : dataAt(context) + context.data.length;
}

/** Bytes that the contexts take, each but the last padded to 8. */
export function createContextsSize(contexts: readonly CreateContext[]): number {
  let size = 0;
  for (const context of contexts) size = align8(size) + entrySize(context);
  return size;
}

/** Writes the contexts into zeroed bytes at `at`, a multiple of 8 as seen from the header. */
export function writeCreateContexts(
  into: Buffer,
  at: number,
  contexts: readonly CreateContext[],
): void {
  let start = at;
  for (const [i, context] of contexts.entries()) {
    const size = entrySize(context);
    const hasData = context.data.length > 0;
    into.writeUInt32LE(i === contexts.length - 1 ? 0 : align8(size), start);
    into.writeUInt16LE(FIXED, start + 4);
    into.writeUInt16LE(context.name.length, start + 6);
    into.writeUInt16LE(hasData ? dataAt(context) : 0, start + 10);
    into.writeUInt32LE(context.data.length, start + 12);
    into.write(context.name, start + FIXED, 'latin1');
    context.data.copy(into, start + dataAt(context));
    start += align8(size);
  }
}

/** Reads the contexts of `area`, which begins with the first of them; empty when it is empty. */
export function readCreateContexts(area: Buffer): CreateContext[] {
  const contexts: CreateContext[] = [];
  for (let rest = area; rest.length > 0;) {
    const reader = new Reader(rest, 'create context');
    reader.require(0, FIXED);
    const next = reader.u32(0);
    if (next !== 0 && next < FIXED) reader.fail(`the next one begins at ${next}`);
    const entry = next === 0 ? reader : new Reader(reader.slice(0, next), 'create context');
    const name = entry.variable(entry.u16(4), entry.u16(6), FIXED).toString('latin1');
    contexts.push({ name, data: entry.variable(entry.u16(10), entry.u32(12), FIXED) });
    if (next === 0) break;
    rest = rest.subarray(next);
  }
  return contexts;
}

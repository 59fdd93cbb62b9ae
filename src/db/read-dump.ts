import { createHash } from 'node:crypto';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import { DUMP_FORMAT, DUMP_VERSION } from './dump-tables.ts';
import type { DumpHead, DumpManifest, DumpSection } from './dump-tables.ts';
import { MIGRATIONS } from './migrations/index.ts';
import type { RowText } from './read-table.ts';

export type DumpPart =
  | { readonly kind: 'section'; readonly section: DumpSection }
  | { readonly kind: 'row'; readonly row: RowText }
  | { readonly kind: 'manifest'; readonly manifest: DumpManifest };

/**
 * Reads a dump part by part. Only when the manifest has come is it known that nothing was altered.
 *
 * @throws TidewatchError `dump_damaged`.
 */
export async function* readDump(
  source: AsyncIterable<string | Uint8Array>,
): AsyncGenerator<DumpPart> {
  const hash = createHash('sha256');
  let head = true;
  let ended = false;
  for await (const line of linesOf(source)) {
    if (ended) throw damaged('something follows its end');
    const value = parse(line);
    if (head) {
      expectHead(value);
      head = false;
    } else if (Array.isArray(value)) {
      yield { kind: 'row', row: value as RowText };
    } else if ('manifest' in value) {
      const manifest = value['manifest'] as DumpManifest;
      if (manifest.sha256 !== hash.digest('hex')) throw damaged('its checksum is another one');
      ended = true;
      yield { kind: 'manifest', manifest };
      continue;
    } else {
      yield { kind: 'section', section: asSection(value) };
    }
    hash.update(`${line}\n`);
  }
  if (!ended) throw damaged('it ends too early');
}

export function damaged(why: string): TidewatchError {
  return new TidewatchError('dump_damaged', `the dump cannot be used: ${why}`);
}

async function* linesOf(source: AsyncIterable<string | Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let begun = '';
  for await (const chunk of source) {
    const text = typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    const lines = text.split('\n');
    const last = lines.pop() ?? '';
    for (const line of lines) {
      yield begun + line;
      begun = '';
    }
    begun += last;
  }
  if (begun !== '') throw damaged('its last line is cut');
}

function asSection(value: Record<string, unknown>): DumpSection {
  const { table, columns } = value;
  if (typeof table !== 'string' || !Array.isArray(columns)) throw damaged('a section has no name');
  return { table, columns: columns as string[] };
}

function parse(line: string): Record<string, unknown> | unknown[] {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw damaged('a line of it is not JSON');
}

function expectHead(value: Record<string, unknown> | unknown[]): void {
  const { format, version, schema } = value as Partial<DumpHead>;
  if (format !== DUMP_FORMAT) throw damaged('it is no dump of a Tidewatch database');
  const known = MIGRATIONS.some(({ name }) => name === schema);
  if (version !== DUMP_VERSION || !known) throw damaged('a newer version of Tidewatch made it');
}

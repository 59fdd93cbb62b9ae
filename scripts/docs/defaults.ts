import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';
import { ROOT } from '../root.ts';
import { GENERATED } from './generated.ts';

type Value = number | string | readonly (number | string)[];

/** A table of limits: where it stands and what it holds. */
export interface DefaultsTable {
  readonly title: string;
  /** Path in the checkout. */
  readonly file: string;
  readonly values: Readonly<Record<string, Value>>;
}

/** The page of limits and time-outs; what each is for comes from the comments of the source. */
export function defaultsPage(tables: readonly DefaultsTable[]): string {
  return [
    GENERATED,
    '',
    '# Limits and time-outs',
    '',
    'Everything that is bounded, with the bound and the reason for it. Those of the SMB client that are',
    'options of `connect` are named like the option.',
    ...tables.flatMap(section),
    '',
  ].join('\n');
}

function section({ title, file, values }: DefaultsTable): string[] {
  const reasons = readReasons(readFileSync(join(ROOT, file), 'utf8'), file);
  const rows = Object.entries(values).map(
    ([name, value]) => `| \`${name}\` | ${describe(name, value)} | ${cell(reasons.get(name))} |`,
  );
  const head = ['| name | value | what for |', '| --- | --- | --- |'];
  return ['', `## ${title}`, '', `Source: \`${file}\`.`, '', ...head, ...rows];
}

/** What a comment says, with nothing in it that Markdown would read as its own. */
function cell(text = ''): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

/** The comment above each property; one that has none shares that of the property before. */
function readReasons(source: string, file: string): Map<string, string> {
  const { program, comments } = parseSync(file, source);
  const reasons = new Map<string, string>();
  let end = source.indexOf('{');
  let reason = '';
  new Visitor({
    Property: (node) => {
      const from = end;
      const comment = comments.findLast((one) => one.start >= from && one.end <= node.start);
      if (comment !== undefined) reason = comment.value.replace(/\s*\n?\s*\*\s*/g, ' ').trim();
      if (node.key.type === 'Identifier') reasons.set(node.key.name, reason);
      end = node.end;
    },
  }).visit(program);
  return reasons;
}

/** A value with its unit, which the end of the name tells. */
function describe(name: string, value: Value): string {
  if (typeof value === 'object') return value.map((one) => describe(name, one)).join(', ');
  if (typeof value === 'string') return `\`${value}\``;
  if (name.endsWith('Ms')) return inLargest(value, ['ms', 's'], 1000);
  if (name.endsWith('Bytes')) return inLargest(value, ['bytes', 'KiB', 'MiB'], 1024);
  return value.toLocaleString('en');
}

/** In the largest unit that leaves a whole number. */
function inLargest(value: number, units: readonly string[], step: number): string {
  let amount = value;
  let unit = 0;
  while (unit + 1 < units.length && amount >= step && amount % step === 0) {
    amount /= step;
    unit += 1;
  }
  return `${amount.toLocaleString('en')} ${units[unit] ?? ''}`;
}

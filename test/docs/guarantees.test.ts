import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/root.ts';
import { readPage } from './markdown.ts';
import { calls } from './named-tests.ts';

const PAGE = 'docs/explanation/guarantees.md';

interface NamedTest {
  readonly file: string;
  readonly group: string;
  readonly name: string;
}

/** The tests that a section names: ``* [`file`](link): group › name``. */
function namedTests(section: string): NamedTest[] {
  return section
    .split(/^(?=\* )/m)
    .filter((item) => item.startsWith('* '))
    .map((item) => {
      const text = item.replace(/\s+/g, ' ').trim();
      const found = /^\* \[`([^`]+)`\]\(\.\.\/\.\.\/\1\): (.+) › (.+)$/.exec(text);
      if (found === null) throw new Error(`${PAGE} has an item that names no test: ${text}`);
      const [, file = '', group = '', name = ''] = found;
      return { file, group, name };
    });
}

const sections = readPage(PAGE)
  .split(/^(?=## )/m)
  .slice(1)
  .map((text) => ({ title: /^## (.+)$/m.exec(text)?.[1] ?? '', tests: namedTests(text) }));

describe('the page of guarantees', () => {
  it('has all ten', () => {
    expect(sections.map(({ title }) => title)).toEqual([
      'Convergence',
      'Coverage',
      'Subscribing without a gap',
      'Resume, or a resync',
      'Order',
      'Slow clients hurt nobody',
      'Absence needs proof',
      'Known freshness',
      'Liveness',
      'No storms of our own',
    ]);
  });

  it.each(sections)('names tests that there are: $title', ({ tests }) => {
    expect(tests.length).toBeGreaterThan(0);
    const missing = tests.filter(({ file, group, name }) => {
      if (!existsSync(join(ROOT, file))) return true;
      const source = readFileSync(join(ROOT, file), 'utf8');
      return !calls(source, 'describe', group) || !calls(source, 'it', name);
    });
    expect(missing).toEqual([]);
  });

  it('would notice a test that is not there', () => {
    const source =
      "describe('a group', () => { it.each([1])('does %i', () => {}); it('ends', f); });";
    expect(calls(source, 'describe', 'a group')).toBe(true);
    expect(calls(source, 'it', 'does …')).toBe(true);
    expect(calls(source, 'it', 'ends')).toBe(true);
    expect(calls(source, 'it', 'end')).toBe(false);
    expect(calls(source, 'describe', 'ends')).toBe(false);
  });
});

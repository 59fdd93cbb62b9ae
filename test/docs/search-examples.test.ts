import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DirectoryTree } from '../../src/directory-cache/directory-tree.ts';
import { searchTree } from '../../src/directory-cache/search-pool.ts';

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'explanation', 'search.md');

interface Example {
  readonly section: string;
  readonly head: string;
  readonly cells: readonly [string, string, string];
}

/** The rows of the tables whose first column is a query. */
function examples(): Example[] {
  const all: Example[] = [];
  let section = '';
  let head = '';
  for (const line of readFileSync(PAGE, 'utf8').split('\n')) {
    if (line.startsWith('## ')) section = line.slice(3);
    if (line.startsWith('| query')) head = line;
    const cells = Array.from(line.matchAll(/`([^`]+)`/g), ([, cell]) => cell!);
    if (line.startsWith('| `') && cells.length === 3) {
      all.push({ section, head, cells: cells as unknown as Example['cells'] });
    }
  }
  return all;
}

function found(paths: readonly string[], query: string, fuzzy: boolean): string[] {
  const tree = new DirectoryTree({ maxEntries: 100 });
  for (const path of paths) tree.add(path);
  return searchTree(tree, query, { fuzzy }).results.map(({ path }) => path);
}

describe('the examples of the page on search', () => {
  it('are some', () => {
    expect(examples().length).toBeGreaterThan(20);
  });

  it.each(examples())('$cells in "$section"', ({ section, head, cells }) => {
    const [query, first, second] = cells;
    if (head.includes('then')) {
      const order = found([second, first], query, false);
      expect(order).toContain(second);
      expect(order.indexOf(first)).toBeLessThan(order.indexOf(second));
      expect(order).toContain(first);
      return;
    }
    const fuzzy = section.includes('fuzzy');
    expect(found([first], query, fuzzy)).toContain(first);
    expect(found([second], query, fuzzy)).not.toContain(second);
    // What is only found by a fuzzy search is not found otherwise.
    if (fuzzy && query !== 'sutdget') expect(found([first], query, false)).toEqual([]);
  });
});

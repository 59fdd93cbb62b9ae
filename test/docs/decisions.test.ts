import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/root.ts';
import { readPage } from './markdown.ts';
import { calls } from './named-tests.ts';

const [, checklist = ''] = readPage('docs/decisions.md').split(
  /^## Sambee, behaviour by behaviour$/m,
);
const rows = (checklist.split(/^## /m)[0] ?? '')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (?:there|---) \|/.test(line))
  .map((line) => {
    const [there = '', here = ''] = line.slice(2, -2).split(' | ');
    return { there, here };
  });

/** ``prose `file.test.ts` › its name. More prose``, with `<br>` between two. */
function namedTests(cell: string): { file: string; text: string }[] {
  return cell.split('<br>').flatMap((part) => {
    const found = /`([\w/.-]+\.test\.ts)` › (.+)$/.exec(part);
    return found === null ? [] : [{ file: found[1] ?? '', text: found[2] ?? '' }];
  });
}

describe('the checklist of behaviours', () => {
  it('has a test or a reason for each', () => {
    expect(rows.length).toBeGreaterThan(60);
    const empty = rows.filter(
      ({ here }) =>
        namedTests(here).length === 0 && !/^(?:Otherwise|Not there|The same): ?\S/.test(here),
    );
    expect(empty).toEqual([]);
  });

  it('names tests that there are', () => {
    const missing = rows
      .flatMap(({ here }) => namedTests(here))
      .filter(({ file, text }) => {
        const path = join(ROOT, file);
        if (!existsSync(path)) return true;
        const source = readFileSync(path, 'utf8');
        // Prose may follow the name, after a full stop.
        const names = [text, text.slice(0, text.lastIndexOf('. '))];
        return !names.some((name) => name !== '' && calls(source, 'it', name));
      });
    expect(missing).toEqual([]);
  });
});

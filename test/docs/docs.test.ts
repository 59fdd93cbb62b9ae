import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GENERATED_PAGES } from '../../scripts/docs/pages.ts';
import { ROOT, readManifest } from '../../scripts/root.ts';
import { anchors, links, pages, readPage } from './markdown.ts';

describe('the documentation', () => {
  it.each(GENERATED_PAGES)('has $path as `npm run docs:generate` makes it', async (page) => {
    expect(await page.render()).toBe(readPage(page.path));
  });

  it('leads nowhere that does not exist', () => {
    const broken: string[] = [];
    for (const page of pages()) {
      for (const link of links(page).filter((target) => !/^[a-z]+:/.test(target))) {
        const [path = '', anchor] = link.split('#');
        const target = path === '' ? page : normalize(join(dirname(page), path));
        const found = existsSync(join(ROOT, target));
        if (!found || (anchor !== undefined && !anchors(target).has(anchor))) {
          broken.push(`${page}: ${link}`);
        }
      }
    }
    expect(broken).toEqual([]);
  });

  it('has every page in its index', () => {
    const index = new Set(links('docs/README.md').map((link) => `docs/${link}`));
    const missing = pages().filter((page) => page.startsWith('docs/') && !index.has(page));
    expect(missing).toEqual(['docs/README.md']);
  });

  it('names only source files that exist, in the architecture', () => {
    const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
    const known = [...files.map((file) => `src/${file}`), 'scripts/imports/rules.ts'];
    const named = [...readPage('ARCHITECTURE.md').matchAll(/`([\w/.-]+\.ts)`/g)];
    const missing = named
      .map(([, name = '']) => `/${name}`)
      .filter((name) => !known.some((file) => `/${file}`.endsWith(name)));
    expect(named.length).toBeGreaterThan(20);
    expect(missing).toEqual([]);
  });

  it('names only scripts that exist', () => {
    const { scripts } = readManifest();
    for (const page of pages()) {
      const named = [...readPage(page).matchAll(/npm run ([\w:-]+)/g)].map(
        ([, name]) => name ?? '',
      );
      expect(Object.keys(scripts), page).toEqual(expect.arrayContaining(named));
    }
  });
});

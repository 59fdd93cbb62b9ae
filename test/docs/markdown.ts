import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { ROOT } from '../../scripts/root.ts';

/** A fenced block of a page. */
export interface CodeBlock {
  /** Path of the page in the checkout, with `/`, and the line of the fence. */
  readonly where: string;
  readonly language: string;
  readonly text: string;
  /** It stands below `<!-- runs -->`: what it shows is tried out. */
  readonly runs: boolean;
  /** From `<!-- runs, prints: … -->`. */
  readonly prints: string | undefined;
}

/** Every Markdown page of the project, as paths in the checkout. */
export function pages(): string[] {
  const below = ['docs', 'src'].flatMap((directory) =>
    readdirSync(join(ROOT, directory), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
      .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/')),
  );
  const top = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  return [...top, ...below].sort();
}

export function readPage(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

export function codeBlocks(page: string): CodeBlock[] {
  const text = readPage(page);
  const fences = /(?:<!-- (runs)(?:, prints: (.*?))? -->\n)?```(\w+)\n([^]*?)\n```\n/g;
  return [...text.matchAll(fences)].map((match) => ({
    where: `${page}:${text.slice(0, match.index).split('\n').length}`,
    runs: match[1] !== undefined,
    prints: match[2],
    language: match[3] ?? '',
    text: match[4] ?? '',
  }));
}

/** Targets of the links of a page, as written. */
export function links(page: string): string[] {
  const text = readPage(page).replace(/```[^]*?```/g, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

/** The anchors that headings of a page get. */
export function anchors(page: string): Set<string> {
  const headings = readPage(page).matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

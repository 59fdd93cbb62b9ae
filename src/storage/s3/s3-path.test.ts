import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkPath, decodeKey, directoryBelow, nameBelow, prefixOf } from './s3-path.ts';

/** Keys as somebody may make them: mostly of characters that mean something. */
const key = fc
  .array(
    fc.oneof(fc.constantFrom('/', '.', '..', '+', '%', ' ', 'a'), fc.string({ unit: 'grapheme' })),
    {
      maxLength: 8,
    },
  )
  .map((parts) => parts.join(''))
  .filter((text) => text.isWellFormed());

function isPath(path: string): boolean {
  try {
    checkPath(path);
    return true;
  } catch {
    return false;
  }
}

describe('keys and paths', () => {
  it('a key that is a path is found, name by name, on the way from the root', () => {
    fc.assert(
      fc.property(key, (text) => {
        fc.pre(isPath(text) && text !== '');
        const names = text.split('/');
        names.forEach((name, index) => {
          const directory = names.slice(0, index).join('/');
          const prefix = prefixOf(directory);
          const found =
            index === names.length - 1
              ? nameBelow(prefix, text)
              : directoryBelow(prefix, `${prefix}${name}/`);
          expect(found).toBe(name);
        });
      }),
    );
  });

  it('whatever is told of a key has a path that is that key, and is taken for one', () => {
    fc.assert(
      fc.property(key, key, (directory, text) => {
        fc.pre(isPath(directory));
        const prefix = prefixOf(directory);
        for (const given of [text, `${prefix}${text}`]) {
          const name = nameBelow(prefix, given);
          if (name === undefined) continue;
          expect(`${prefix}${name}`).toBe(given);
          expect(isPath(name)).toBe(true);
          expect(name).not.toContain('/');
        }
      }),
    );
  });

  it('every key lies in directories that show, or is left out with the first name that is none', () => {
    fc.assert(
      fc.property(key, (text) => {
        const names = text.split('/');
        const bad = names.findIndex((name) => name === '' || !isPath(name));
        let directory = '';
        for (const [index, name] of names.entries()) {
          const prefix = prefixOf(directory);
          const isLast = index === names.length - 1;
          const common = `${prefix}${name}/`;
          const found = isLast ? nameBelow(prefix, text) : directoryBelow(prefix, common);
          expect(found).toBe(index === bad ? undefined : name);
          if (index === bad) return;
          directory = `${prefix}${name}`;
        }
      }),
    );
  });

  it('are written and read in any encoding of them', () => {
    fc.assert(
      fc.property(key, (text) => {
        const encoded = encodeURIComponent(text);
        expect(decodeKey(encoded)).toBe(text);
        expect(decodeKey(encoded.replaceAll('%20', '+'))).toBe(text);
      }),
    );
    expect(decodeKey('%ff')).toBeUndefined();
  });

  it.each([
    '/',
    'a/',
    '/a',
    'a//b',
    '.',
    '..',
    'a/./b',
    'a/../b',
    'a\0b',
    '\ud800',
    'ä'.repeat(513),
  ])('%j is no path', (path) => {
    expect(() => checkPath(path)).toThrow(expect.objectContaining({ code: 'invalid_path' }));
  });

  it.each(['', 'a', 'a/b', '...', '.a', 'a..', ' ', '\\', 'ä'.repeat(512)])('%j is one', (path) => {
    expect(() => checkPath(path)).not.toThrow();
  });
});

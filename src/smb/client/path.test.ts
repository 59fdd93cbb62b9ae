import { describe, expect, it } from 'vitest';
import { baseName, fromWirePath, joinPath, toWirePath } from './path.ts';

describe('paths', () => {
  it('take both separators, and any number of them', () => {
    expect(toWirePath('a/b\\c')).toBe('a\\b\\c');
    expect(toWirePath('//a///b/')).toBe('a\\b');
    expect(toWirePath('/')).toBe('');
    expect(toWirePath('')).toBe('');
  });

  it.each([
    'trailing dot.',
    'trailing space ',
    '...',
    'e\u0301',
    '\ud800',
    '\udc00x',
    'x'.repeat(255),
    'con',
    'a~1',
  ])('leave the name %j as it is', (name) => {
    expect(toWirePath(`dir/${name}`)).toBe(`dir\\${name}`);
    expect(baseName(`dir/${name}`)).toBe(name);
  });

  it.each([
    'a:b',
    'a*',
    'a?',
    'a"',
    'a<',
    'a>',
    'a|',
    'a\0',
    'a\n',
    'a\u001f',
    '.',
    '..',
    'a/../b',
    'x'.repeat(256),
    'y/'.repeat(20_000),
  ])('refuse %j before anything is sent', (path) => {
    expect(() => toWirePath(path)).toThrow(expect.objectContaining({ code: 'invalid_path' }));
  });

  it('come back with slashes', () => {
    expect(fromWirePath('a\\b')).toBe('a/b');
    expect(joinPath('', 'a')).toBe('a');
    expect(joinPath('a', 'b')).toBe('a/b');
  });
});

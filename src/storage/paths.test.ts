import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import { DEFAULTS } from '../defaults.ts';
import { SMB_DEFAULTS } from '../smb/defaults.ts';
import { isBelow, joinPaths, normalisePath, parentOf } from './paths.ts';
import type { PathKind } from './paths.ts';

const KINDS: readonly PathKind[] = ['smb', 'local', 's3'];

function refusal(kind: PathKind, text: string): string {
  try {
    normalisePath(kind, text);
  } catch (error) {
    if (error instanceof TidewatchError && error.code === 'invalid_path') return error.message;
    throw error;
  }
  return 'none';
}

/** Any UTF-16, with what means something in paths more often. */
const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '/',
        '\\',
        '.',
        '..',
        ':',
        '\0',
        '\u001f',
        'a',
        'A',
        'é',
        'e\u0301',
        '\ud800',
      ),
      fc.nat(0xffff).map((unit) => String.fromCharCode(unit)),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

/** Names that every kind of storage takes. */
const anyName = fc
  .string({ minLength: 1, maxLength: 8, unit: 'binary' })
  .map((text) => `n${text.replaceAll(/[\u0000-\u001f"*/:<>?\\|]/g, '_')}`);

const anyKind = fc.constantFrom(...KINDS);

describe('the path that a client sends', () => {
  it.each(KINDS)('means the root when it is empty or slashes alone: %s', (kind) => {
    expect(['', '/', '///'].map((text) => normalisePath(kind, text))).toEqual(['', '', '']);
  });

  it.each(KINDS)('loses leading, trailing and doubled slashes, and nothing else: %s', (kind) => {
    expect(normalisePath(kind, '//a b///C/. x./')).toBe('a b/C/. x.');
    expect(normalisePath(kind, '.../.a/..b')).toBe('.../.a/..b');
    expect(normalisePath(kind, 'é/e\u0301/\ud800')).toBe('é/e\u0301/\ud800');
  });

  it('is separated by backslashes on SMB alone', () => {
    expect(normalisePath('smb', '\\a\\b/c\\')).toBe('a/b/c');
    expect(normalisePath('local', 'a\\b')).toBe('a\\b');
    expect(normalisePath('s3', 'a\\b')).toBe('a\\b');
  });

  it.each(KINDS)('is refused with a segment . or .., or a NUL, in words: %s', (kind) => {
    expect(refusal(kind, 'a/../b')).toBe('the path "a/../b" has the segment \'..\'');
    expect(refusal(kind, '.')).toBe('the path "." has the segment \'.\'');
    expect(refusal(kind, 'a/x\0y')).toBe('the path "a/x\\u0000y" has a NUL in it');
  });

  it('cannot climb with backslashes on SMB', () => {
    expect(refusal('smb', 'a\\..\\b')).toContain("the segment '..'");
  });

  it.each([':', '"', '<', '>', '|', '*', '?'])('is refused with %s on SMB alone', (character) => {
    expect(refusal('smb', `a/x${character}y`)).toContain(
      `has the character ${character} in a name`,
    );
    for (const kind of ['local', 's3'] as const) {
      expect(normalisePath(kind, `a/x${character}y`)).toBe(`a/x${character}y`);
    }
  });

  it('is refused with control characters on SMB alone', () => {
    for (let code = 1; code < 0x20; code += 1) {
      const text = `x${String.fromCharCode(code)}`;
      expect(refusal('smb', text)).toContain(`has the control character ${code} in a name`);
      expect(normalisePath('local', text)).toBe(text);
    }
    expect(normalisePath('smb', '\u007f\u0080')).toBe('\u007f\u0080');
  });

  it('may be as long as the storage can have it', () => {
    const names = (name: string, count: number): string =>
      Array.from({ length: count }, () => name).join('/');
    // SMB counts UTF-16 units, disks bytes.
    expect(normalisePath('smb', 'ä'.repeat(255))).toHaveLength(255);
    expect(refusal('smb', 'ä'.repeat(256))).toContain('is longer than 255 UTF-16 units');
    expect(normalisePath('smb', names('x'.repeat(251), 130))).toHaveLength(32_759);
    expect(refusal('smb', names('x'.repeat(251), 131))).toContain('longer than 32760 UTF-16 units');
    expect(normalisePath('local', `${'ä'.repeat(127)}x`)).toHaveLength(128);
    expect(refusal('local', 'ä'.repeat(128))).toContain('the name "ääää');
    expect(refusal('local', 'ä'.repeat(128))).toContain('is longer than 255 bytes');
    expect(normalisePath('local', names('x'.repeat(240), 16))).toHaveLength(3_855);
    expect(refusal('local', names('x'.repeat(240), 18))).toContain('is longer than 4096 bytes');
    expect(normalisePath('s3', 'ä'.repeat(512))).toHaveLength(512);
    expect(refusal('s3', 'ä'.repeat(513))).toContain('is longer than 1024 bytes');
    // A message shows little of what may be megabytes.
    expect(refusal('s3', 'x'.repeat(1e6)).length).toBeLessThan(150);
  });

  it('counts bytes of a disk that are no UTF-8 as bytes', () => {
    expect(normalisePath('local', '\udcff'.repeat(255))).toHaveLength(255);
    expect(refusal('local', '\udcff'.repeat(256))).toContain('is longer than 255 bytes');
  });

  it('has the limits of the SMB client', () => {
    expect(DEFAULTS.smbNameUnits).toBe(SMB_DEFAULTS.nameUnits);
    expect(DEFAULTS.smbPathUnits).toBe(SMB_DEFAULTS.pathUnits);
  });

  it('is refused, or has one spelling that stays as it is', () => {
    fc.assert(
      fc.property(anyKind, anyText, (kind, text) => {
        const separators = kind === 'smb' ? /[/\\]+/ : /\/+/;
        const names = text.split(separators).filter((name) => name !== '');
        const impossible = kind === 'smb' ? /[\u0000-\u001f":<>|*?]/ : /\0/;
        const bad = names.some((name) => name === '.' || name === '..' || impossible.test(name));
        expect(refusal(kind, text) !== 'none').toBe(bad);
        if (bad) return;
        const path = normalisePath(kind, text);
        expect(path).toBe(names.join('/'));
        expect(normalisePath(kind, path)).toBe(path);
        expect(normalisePath(kind, `/${path}//`)).toBe(path);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('normalised paths', () => {
  const anyPath = fc.array(anyName, { maxLength: 4 }).map((names) => names.join('/'));

  it('join to a normalised path', () => {
    fc.assert(
      fc.property(anyKind, anyPath, anyPath, (kind, prefix, path) => {
        const joined = joinPaths(prefix, path);
        expect(joined).toBe(normalisePath(kind, `${prefix}/${path}`));
        expect(isBelow(joined, prefix)).toBe(path !== '');
        expect(joinPaths('', path)).toBe(path);
        expect(joinPaths(path, '')).toBe(path);
      }),
    );
  });

  it('have parents up to the root, all of which they are below', () => {
    fc.assert(
      fc.property(anyPath, (path) => {
        let steps = 0;
        for (let at = parentOf(path); at !== undefined; at = parentOf(at)) {
          expect(isBelow(path, at)).toBe(true);
          expect(isBelow(at, path)).toBe(false);
          steps += 1;
        }
        expect(steps).toBe(path === '' ? 0 : path.split('/').length);
      }),
    );
    expect(parentOf('a/b')).toBe('a');
    expect(parentOf('a')).toBe('');
    expect(parentOf('')).toBeUndefined();
  });

  it('are not below themselves, nor below a name that only begins alike', () => {
    expect(isBelow('a/b', 'a/b')).toBe(false);
    expect(isBelow('', '')).toBe(false);
    expect(isBelow('a/bc', 'a/b')).toBe(false);
    expect(isBelow('a/b/c', 'a/b')).toBe(true);
    expect(isBelow('A/b', 'a')).toBe(false);
  });
});

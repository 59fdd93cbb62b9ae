import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fold } from './fold.ts';

it.each([
  ['Budget', 'bUDGET'],
  ['MÜLLER', 'müller'],
  ['caf\u00e9', 'CAFE\u0301'],
  ['Straße', 'STRASSE'],
  ['STRA\u1e9eE', 'strasse'],
  ['ΟΔΟΣ', 'οδος'],
  ['\u212bngström', 'ångström'],
  ['ﬁle', 'FILE'],
  ['\u1f80', '\u1f88'],
  ['Ꭰ', 'ꭰ'],
])('takes %s and %s for equal', (a, b) => {
  expect(fold(a)).toBe(fold(b));
});

it.each([
  ['Muller', 'Müller'],
  ['ı', 'i'],
  ['a', 'ａ'],
  ['o', 'ø'],
])('keeps %s and %s apart', (a, b) => {
  expect(fold(a)).not.toBe(fold(b));
});

it('gives the same however a name is composed, and the same again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const folded = fold(text);
      expect(fold(text.normalize('NFC'))).toBe(folded);
      expect(fold(text.normalize('NFD'))).toBe(folded);
      expect(fold(folded)).toBe(folded);
    }),
    { numRuns: 2_000 },
  );
});

it('keeps unpaired surrogates', () => {
  expect(fold('A\ud800B')).toBe('a\ud800b');
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldUsername, usernameFault } from './usernames.ts';

describe('the name of an account', () => {
  it.each([
    ['Alice', 'aLICE'],
    ['Zoë', 'ZOE\u0308'],
    ['Strauß', 'STRAUSS'],
    ['ΟΔΥΣΣΕΥΣ', 'οδυσσευς'],
    ['ａｄｍｉｎ', 'admin'],
  ])('is the same as %s in the spelling %s', (one, other) => {
    expect(foldUsername(one)).toBe(foldUsername(other));
  });

  it('keeps apart what differs by more than case', () => {
    expect(foldUsername('alice')).not.toBe(foldUsername('alicé'));
    expect(foldUsername('admin')).not.toBe(foldUsername('аdmin'));
  });

  it('folds to what folds no further, and in any case to the same', () => {
    const property = fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), (name) => {
      const folded = foldUsername(name);
      expect(foldUsername(folded)).toBe(folded);
      expect(foldUsername(name.toUpperCase())).toBe(folded);
    });
    fc.assert(property, { numRuns: 1_000 });
  });

  it.each([
    '',
    ' admin',
    'admin ',
    'a  b',
    'a\nb',
    'a\u200bb',
    'a\u202eb',
    '\uD800',
    'x'.repeat(65),
  ])('cannot be %j', (name) => {
    expect(usernameFault(name)).toMatch(/^a user name /);
  });

  it.each(['a', 'admin', 'Ann Lee', 'zoë@example.org', '李雷', 'x'.repeat(64), '🦀'])(
    'can be %j',
    (name) => {
      expect(usernameFault(name)).toBeUndefined();
    },
  );
});

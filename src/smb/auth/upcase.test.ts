import { describe, expect, it } from 'vitest';
import { simpleUpperCase } from './upcase.ts';

describe('upper case of user names', () => {
  it('maps letters of many scripts', () => {
    expect(simpleUpperCase('alice Müller éàÿ łódź ивáн ωμέγα')).toBe(
      'ALICE MÜLLER ÉÀŸ ŁÓDŹ ИВÁН ΩΜΈΓΑ',
    );
  });

  it('keeps letters that have no upper case of one unit', () => {
    expect(simpleUpperCase('straße ŉ ﬁ ǰ')).toBe('STRAßE ŉ ﬁ ǰ');
  });

  it('gives Greek letters with iota subscript their one-letter form', () => {
    expect(simpleUpperCase('ᾀᾗᾧᾳῃῳ')).toBe('ᾈᾟᾯᾼῌῼ');
  });

  it('leaves surrogates alone, paired or not', () => {
    expect(simpleUpperCase('a\u{1f600}\ud83d𐐨')).toBe('A\u{1f600}\ud83d𐐨');
  });

  it('maps every unit to one unit that stays as it is', () => {
    const units = Array.from({ length: 0x10000 }, (_, unit) => String.fromCharCode(unit));
    const upper = units.map(simpleUpperCase);
    expect(upper.filter((text) => text.length !== 1)).toEqual([]);
    expect(upper.map(simpleUpperCase)).toEqual(upper);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Spellings } from './spellings.ts';

describe('spellings', () => {
  it('finds what differs in case and form, and nothing else', () => {
    const spellings = new Spellings();
    for (const text of ['Caf\u00e9', 'CAFE\u0301', 'cafe', 'tea']) spellings.add(text);
    expect(spellings.like('Caf\u00e9')).toEqual(['CAFE\u0301']);
    expect(spellings.like('tea')).toEqual([]);
    spellings.delete('CAFE\u0301');
    expect(spellings.like('Caf\u00e9')).toEqual([]);
  });

  it('agrees with a search through all of them', () => {
    const word = fc.string({
      unit: fc.constantFrom('a', 'A', '\u00e9', '\u00c9', 'b'),
      maxLength: 3,
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(word, fc.boolean())), word, (steps, asked) => {
        const spellings = new Spellings();
        const all = new Set<string>();
        for (const [text, isAdded] of steps) {
          if (isAdded) spellings.add(text);
          else spellings.delete(text);
          if (isAdded) all.add(text);
          else all.delete(text);
        }
        const folded = asked.normalize('NFC').toLowerCase();
        const like = [...all].filter(
          (o) => o !== asked && o.normalize('NFC').toLowerCase() === folded,
        );
        if (all.has(asked)) expect(spellings.like(asked).sort()).toEqual(like.sort());
      }),
    );
  });
});

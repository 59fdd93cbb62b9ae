import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeName, encodePath } from './file-name.ts';

describe('the name of a file', () => {
  it('is what it says when it is UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        expect(decodeName(Buffer.from(name))).toBe(name);
        expect(encodePath(name)).toBe(name);
      }),
    );
  });

  it('leads back to its bytes, whatever they are', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 });
    // Bytes that begin characters, go on with them and are never part of one.
    const awkward = fc.array(fc.constantFrom(0x41, 0x80, 0xc3, 0xa9, 0xed, 0xa0, 0xf0, 0x9f, 0xff));
    fc.assert(
      fc.property(fc.oneof(bytes, awkward), (octets) => {
        const name = Buffer.from(octets);
        expect(Buffer.from(encodePath(decodeName(name)) as string)).toEqual(name);
      }),
    );
  });

  it('keeps what can be read of it', () => {
    const bytes = Buffer.concat([Buffer.from('caf'), Buffer.from([0xe9]), Buffer.from('-é.txt')]);
    expect(decodeName(bytes)).toBe('caf\udce9-é.txt');
  });

  it('has no other halves of characters', () => {
    expect(() => encodePath('a\ud83d')).toThrow('half of a character');
    expect(() => encodePath('a\udfff')).toThrow('half of a character');
  });
});

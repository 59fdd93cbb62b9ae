import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyBytes, describeCodec } from '../../../test/support/codec-properties.ts';
import { contextTag, decodeOid, encodeElement, encodeOid, readElements, readOnly } from './ber.ts';

const anyTag = fc.nat(255).filter((tag) => (tag & 0x1f) !== 0x1f);

describeCodec('BER elements', {
  arbitrary: fc.array(fc.record({ tag: anyTag, content: anyBytes(0, 200) }), { maxLength: 4 }),
  encode: (elements) =>
    Buffer.concat(elements.map(({ tag, content }) => encodeElement(tag, content))),
  decode: readElements,
});

const anyArc = fc.oneof(fc.nat(300), fc.nat(2 ** 32), fc.nat(Number.MAX_SAFE_INTEGER - 80));

describeCodec('object identifiers', {
  arbitrary: fc
    .tuple(
      fc.oneof(fc.tuple(fc.nat(1), fc.nat(39)), fc.tuple(fc.constant(2), anyArc)),
      fc.array(anyArc, { maxLength: 6 }),
    )
    .map(([head, rest]) => [...head, ...rest].join('.')),
  encode: encodeOid,
  decode: decodeOid,
});

describe('BER', () => {
  it('writes lengths in the shortest form', () => {
    const heads = [0, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000].map((size) =>
      encodeElement(4, Buffer.alloc(size))
        .subarray(1, 5)
        .toString('hex', 0, size < 0x80 ? 1 : size < 0x100 ? 2 : size < 0x10000 ? 3 : 4),
    );
    expect(heads).toEqual(['00', '7f', '8180', '81ff', '820100', '82ffff', '83010000']);
  });

  it('reads lengths in longer forms than needed', () => {
    for (const length of ['02', '8102', '820002', '83000002']) {
      expect(readOnly(Buffer.from(`04${length}abcd`, 'hex'), 4).toString('hex')).toBe('abcd');
    }
  });

  it.each([
    ['nothing', ''],
    ['a tag alone', '04'],
    ['a length that is cut', '0482ff'],
    ['an indefinite length', '0480abcd0000'],
    ['a length of four bytes', '048400000002abcd'],
    ['content that is cut', '0403abcd'],
    ['a tag of several bytes', '1f8102abcd'],
    ['more behind the element', '0402abcd00'],
    ['another tag', '3002abcd'],
  ])('refuses %s', (_, hex) => {
    expect(() => readOnly(Buffer.from(hex, 'hex'), 4)).toThrow('SPNEGO token');
  });

  it('refuses object identifiers that are empty, cut or too large', () => {
    for (const hex of ['', '2a86', `2a${'ff'.repeat(9)}7f`]) {
      expect(() => decodeOid(Buffer.from(hex, 'hex'))).toThrow('object identifier');
    }
    expect(() => encodeOid('no.oid')).toThrow('no object identifier');
    expect(() => encodeOid('1')).toThrow('no object identifier');
  });

  it('numbers context tags', () => {
    expect([0, 1, 3].map(contextTag)).toEqual([0xa0, 0xa1, 0xa3]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyBytes, describeCodec } from '../../../test/support/codec-properties.ts';
import { BerTag, contextTag, encodeElement, encodeOid } from './ber.ts';
import {
  decodeNegTokenInit,
  decodeNegTokenResp,
  encodeNegTokenInit,
  encodeNegTokenResp,
} from './spnego-tokens.ts';

const anyOid = fc.constantFrom('1.3.6.1.4.1.311.2.2.10', '1.2.840.113554.1.2.2', '2.999.7');
const maybeBytes = fc.option(anyBytes(0, 150), { nil: undefined });

describeCodec('NegTokenInit', {
  arbitrary: fc.record({ mechTypes: fc.array(anyOid, { maxLength: 4 }), mechToken: maybeBytes }),
  encode: encodeNegTokenInit,
  decode: decodeNegTokenInit,
});

describeCodec('NegTokenResp', {
  arbitrary: fc.record({
    negState: fc.option(fc.nat(3), { nil: undefined }),
    supportedMech: fc.option(anyOid, { nil: undefined }),
    responseToken: maybeBytes,
    mechListMic: maybeBytes,
  }),
  encode: encodeNegTokenResp,
  decode: decodeNegTokenResp,
});

describe('SPNEGO tokens', () => {
  it('are read with the hints that Windows and Samba add', () => {
    // Mechanisms, then [3] negHints with the name every such server sends.
    const hint =
      '604806062b0601050502a03e303ca00e300c060a2b06010401823702020aa32a3028a0261b24' +
      Buffer.from('not_defined_in_RFC4178@please_ignore').toString('hex');
    expect(decodeNegTokenInit(Buffer.from(hint, 'hex'))).toEqual({
      mechTypes: ['1.3.6.1.4.1.311.2.2.10'],
      mechToken: undefined,
    });
  });

  const oid = (dotted: string): Buffer => encodeElement(BerTag.OBJECT_ID, encodeOid(dotted));
  const enumerated = (...bytes: number[]): Buffer =>
    encodeElement(contextTag(0), encodeElement(BerTag.ENUMERATED, Buffer.from(bytes)));
  const init = (mechanism: string, ...fields: Buffer[]): Buffer => {
    const sequence = encodeElement(BerTag.SEQUENCE, ...fields);
    return encodeElement(
      BerTag.APPLICATION_0,
      oid(mechanism),
      encodeElement(contextTag(0), sequence),
    );
  };
  const answer = (...fields: Buffer[]): Buffer =>
    encodeElement(contextTag(1), encodeElement(BerTag.SEQUENCE, ...fields));
  const badList = encodeElement(contextTag(0), encodeElement(BerTag.SEQUENCE, enumerated(0)));

  it.each([
    ['another mechanism', init('1.3.6.1.5.5.3'), 'another mechanism'],
    ['a list with something else in it', init('1.3.6.1.5.5.2', badList), 'no mechanism'],
    ['a field twice', answer(enumerated(1), enumerated(1)), 'must not have'],
    ['a state that does not exist', answer(enumerated(4)), 'a state'],
    ['a state of two bytes', answer(enumerated(0, 1)), 'a state'],
    ['a state of no bytes', answer(enumerated()), 'a state'],
    ['a field that is none', answer(encodeElement(0x83, Buffer.alloc(1))), 'must not have'],
    ['bytes behind the end', Buffer.concat([answer(), Buffer.alloc(1)]), 'behind its end'],
  ])('with %s are refused', (_, token, message) => {
    const decode = token.readUInt8(0) === 0x60 ? decodeNegTokenInit : decodeNegTokenResp;
    expect(() => decode(token)).toThrow(message);
  });

  it('may be empty', () => {
    expect(decodeNegTokenResp(answer())).toEqual(decodeNegTokenResp(encodeNegTokenResp({})));
    expect(decodeNegTokenInit(init('1.3.6.1.5.5.2'))).toEqual({
      mechTypes: [],
      mechToken: undefined,
    });
  });
});

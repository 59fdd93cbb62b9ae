import { describe, expect, it } from 'vitest';
import {
  anyBytes,
  anyU16,
  anyU32,
  anyU64,
  describeCodec,
  outcomeOf,
} from '../../../test/support/codec-properties.ts';
import fc from 'fast-check';
import {
  associatedData,
  decodeTransformHeader,
  encodeTransformHeader,
  TRANSFORM_SIZE,
} from './transform.ts';

describeCodec('transform header', {
  arbitrary: fc.record({
    signature: anyBytes(16),
    nonce: anyBytes(16),
    originalMessageSize: anyU32,
    flags: anyU16,
    sessionId: anyU64,
  }),
  encode: encodeTransformHeader,
  decode: decodeTransformHeader,
});

describe('transform header', () => {
  const header = encodeTransformHeader({
    signature: Buffer.alloc(16, 1),
    nonce: Buffer.alloc(16, 2),
    originalMessageSize: 3,
    flags: 1,
    sessionId: 5n,
  });

  it('authenticates its last 32 bytes', () => {
    const data = associatedData(Buffer.concat([header, Buffer.alloc(9)]));
    expect(data).toEqual(header.subarray(20));
    expect(data).toHaveLength(32);
  });

  it('is 52 bytes long, and less is refused', () => {
    expect(header).toHaveLength(TRANSFORM_SIZE);
    expect(outcomeOf(associatedData, header.subarray(0, 51))).toBe('refused');
    expect(outcomeOf(decodeTransformHeader, header.subarray(0, 51))).toBe('refused');
  });
});

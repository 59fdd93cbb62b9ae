import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anyBytes,
  anyFileId,
  anySize,
  anyU32,
  describeMessageCodec,
  outcomeOf,
} from '../../../test/support/codec-properties.ts';
import { encodeMessage } from './message.ts';
import {
  decodeReadRequest,
  decodeReadResponse,
  encodeReadRequest,
  encodeReadResponse,
} from './read.ts';

describeMessageCodec('READ request', {
  arbitrary: fc.record({
    length: anyU32,
    offset: anySize,
    fileId: anyFileId,
    minimumCount: anyU32,
    remainingBytes: anyU32,
  }),
  encode: encodeReadRequest,
  decode: decodeReadRequest,
});

describeMessageCodec('READ response', {
  arbitrary: fc.record({ data: anyBytes(0, 60), dataRemaining: anyU32 }),
  encode: encodeReadResponse,
  decode: decodeReadResponse,
  expected: ({ data, dataRemaining }) => ({
    dataOffset: 80,
    dataLength: data.length,
    dataRemaining,
  }),
});

describe('READ response', () => {
  const message = encodeMessage({ command: 8 }, encodeReadResponse({ data: Buffer.alloc(9, 7) }));

  it('is understood from its first 80 bytes', () => {
    expect(decodeReadResponse(message.subarray(0, 80))).toEqual(decodeReadResponse(message));
    expect(outcomeOf(decodeReadResponse, message.subarray(0, 79))).toBe('refused');
  });

  it('cannot have its data inside its fixed part', () => {
    const lying = Buffer.from(message);
    lying[66] = 79;
    expect(outcomeOf(decodeReadResponse, lying)).toBe('refused');
  });
});

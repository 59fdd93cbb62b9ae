import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anyBytes,
  anyText,
  anyU16,
  anyU32,
  describeCodec,
  describeMessageCodec,
  outcomeOf,
} from '../../../test/support/codec-properties.ts';
import {
  decodeErrorResponse,
  decodeSymlinkError,
  encodeErrorResponse,
  encodeSymlinkError,
  isErrorBody,
} from './error-response.ts';
import { encodeMessage } from './message.ts';

describeMessageCodec('error response', {
  arbitrary: anyBytes(0, 40).map((errorData) => ({ errorData, contexts: [] })),
  encode: encodeErrorResponse,
  decode: decodeErrorResponse,
});

describeMessageCodec('error response with contexts', {
  arbitrary: fc.array(fc.record({ id: anyU32, data: anyBytes(0, 20) }), {
    minLength: 1,
    maxLength: 5,
  }),
  encode: (contexts) => encodeErrorResponse({ contexts }),
  decode: decodeErrorResponse,
  expected: (contexts) => ({
    errorData: contexts.find(({ id }) => id === 0)?.data ?? Buffer.alloc(0),
    contexts,
  }),
});

describeCodec('symbolic link error', {
  arbitrary: fc.record({
    substituteName: anyText,
    printName: anyText,
    relative: fc.boolean(),
    unparsedPathLength: anyU16,
  }),
  encode: encodeSymlinkError,
  decode: decodeSymlinkError,
});

describe('error response', () => {
  it('is read with and without the stray byte behind it', () => {
    const message = encodeMessage({ command: 5 }, encodeErrorResponse());
    expect(message).toHaveLength(64 + 9);
    for (const length of [64 + 8, 64 + 9]) {
      const found = decodeErrorResponse(message.subarray(0, length));
      expect(found.errorData).toHaveLength(0);
      expect(isErrorBody(message.subarray(0, length))).toBe(true);
    }
    expect(isErrorBody(message.subarray(0, 64 + 7))).toBe(false);
  });

  it('carries the size a buffer should have had', () => {
    const errorData = Buffer.from('00010000', 'hex');
    const message = encodeMessage({ command: 16 }, encodeErrorResponse({ errorData }));
    expect(decodeErrorResponse(message).errorData.readUInt32LE(0)).toBe(256);
  });

  it('finds the link behind a 3.1.1 context', () => {
    const link = {
      substituteName: '\\??\\C:\\target',
      printName: 'C:\\target',
      relative: false,
      unparsedPathLength: 12,
    };
    const contexts = [{ id: 0, data: encodeSymlinkError(link) }];
    const message = encodeMessage({ command: 5 }, encodeErrorResponse({ contexts }));
    expect(decodeSymlinkError(decodeErrorResponse(message).errorData)).toEqual(link);
  });

  it('is not mistaken for something else of another shape', () => {
    const message = encodeMessage({ command: 13 }, Buffer.from('0400000000000000', 'hex'));
    expect(isErrorBody(message)).toBe(false);
    expect(outcomeOf(decodeErrorResponse, message)).toBe('refused');
    const lying = encodeMessage({ command: 5 }, encodeErrorResponse());
    lying.writeUInt32LE(2, 68);
    expect(isErrorBody(lying)).toBe(false);
  });
});

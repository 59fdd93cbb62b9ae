import { describe, expect, it } from 'vitest';
import {
  anyBytes,
  describeMessageCodec,
  outcomeOf,
} from '../../../test/support/codec-properties.ts';
import { encodeMessage } from './message.ts';
import { decodeOutputBufferResponse, encodeOutputBufferResponse } from './output-buffer.ts';

describeMessageCodec('output buffer', {
  arbitrary: anyBytes(0, 100),
  encode: encodeOutputBufferResponse,
  decode: decodeOutputBufferResponse,
});

describe('output buffer', () => {
  it('is empty whatever its offset says, with and without a stray byte', () => {
    for (const stray of [0, 1]) {
      for (const offset of [0, 72, 0xffff]) {
        const body = Buffer.alloc(8 + stray);
        body.writeUInt16LE(9, 0);
        body.writeUInt16LE(offset, 2);
        const message = encodeMessage({ command: 15 }, body);
        expect(decodeOutputBufferResponse(message)).toHaveLength(0);
      }
    }
  });

  it('may lie anywhere behind the fixed part', () => {
    const body = Buffer.alloc(32, 7);
    body.writeUInt16LE(9, 0);
    body.writeUInt16LE(80, 2);
    body.writeUInt32LE(16, 4);
    const message = encodeMessage({ command: 14 }, body);
    expect(decodeOutputBufferResponse(message)).toEqual(Buffer.alloc(16, 7));
    message.writeUInt16LE(64, 66);
    expect(outcomeOf(decodeOutputBufferResponse, message)).toBe('refused');
  });
});

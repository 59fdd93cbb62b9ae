import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anyBytes,
  anyGuid,
  anyText,
  anyU16,
  anyU32,
  anyU64,
  describeMessageCodec,
  outcomeOf,
} from '../../../test/support/codec-properties.ts';
import { encodeMessage } from './message.ts';
import type { NegotiateContext } from './negotiate-contexts.ts';
import {
  decodeNegotiateRequest,
  decodeNegotiateResponse,
  Dialect,
  encodeNegotiateRequest,
  encodeNegotiateResponse,
} from './negotiate.ts';

const anyList = fc.array(anyU16, { maxLength: 6 });
const KNOWN_CONTEXTS = [1, 2, 3, 5, 8];

const anyContext: fc.Arbitrary<NegotiateContext> = fc.oneof(
  fc.record({
    type: fc.constant('preauth' as const),
    hashAlgorithms: anyList,
    salt: anyBytes(0, 40),
  }),
  fc.record({ type: fc.constant('encryption' as const), ciphers: anyList }),
  fc.record({ type: fc.constant('compression' as const), flags: anyU32, algorithms: anyList }),
  fc.record({ type: fc.constant('netname' as const), name: anyText }),
  fc.record({ type: fc.constant('signing' as const), algorithms: anyList }),
  fc.record({
    type: fc.constant('unknown' as const),
    id: anyU16.filter((id) => !KNOWN_CONTEXTS.includes(id)),
    data: anyBytes(0, 20),
  }),
);

const anyContexts = fc.array(anyContext, { maxLength: 5 });

const anyRequest = fc
  .record({
    securityMode: anyU16,
    capabilities: anyU32,
    clientGuid: anyGuid,
    dialects: fc.subarray(Object.values(Dialect), { minLength: 1 }),
    contexts: anyContexts,
  })
  .map((request) =>
    request.dialects.includes(Dialect.SMB311) ? request : { ...request, contexts: [] },
  );

const anyResponse = fc
  .record({
    securityMode: anyU16,
    dialect: fc.oneof(fc.constantFrom(...Object.values(Dialect)), anyU16),
    serverGuid: anyGuid,
    capabilities: anyU32,
    maxTransactSize: anyU32,
    maxReadSize: anyU32,
    maxWriteSize: anyU32,
    systemTime: anyU64,
    serverStartTime: anyU64,
    securityBuffer: anyBytes(0, 60),
    contexts: anyContexts,
  })
  .map((response) =>
    response.dialect === Dialect.SMB311 ? response : { ...response, contexts: [] },
  );

describeMessageCodec('NEGOTIATE request', {
  arbitrary: anyRequest,
  encode: encodeNegotiateRequest,
  decode: decodeNegotiateRequest,
});

describeMessageCodec('NEGOTIATE response', {
  arbitrary: anyResponse,
  encode: encodeNegotiateResponse,
  decode: decodeNegotiateResponse,
});

describe('negotiate contexts', () => {
  const response = {
    securityMode: 1,
    dialect: Dialect.SMB311,
    serverGuid: Buffer.alloc(16),
    capabilities: 0,
    maxTransactSize: 65536,
    maxReadSize: 65536,
    maxWriteSize: 65536,
    systemTime: 0n,
    serverStartTime: 0n,
    securityBuffer: Buffer.alloc(3),
    contexts: [
      { type: 'signing', algorithms: [2] },
      { type: 'encryption', ciphers: [2] },
    ] satisfies NegotiateContext[],
  };
  const message = encodeMessage({ command: 0 }, encodeNegotiateResponse(response));

  it('begin at multiples of 8 from the header, the last one unpadded', () => {
    const offset = message.readUInt32LE(64 + 60);
    expect(offset % 8).toBe(0);
    expect(message.length).toBe(offset + 16 + 12);
  });

  it('cannot promise more values than they have bytes', () => {
    const offset = message.readUInt32LE(64 + 60);
    const lying = Buffer.from(message);
    lying.writeUInt16LE(3, offset + 8);
    expect(outcomeOf(decodeNegotiateResponse, lying)).toBe('refused');
  });

  it('cannot lie over the fixed part', () => {
    const lying = Buffer.from(message);
    lying.writeUInt32LE(64, 64 + 60);
    expect(outcomeOf(decodeNegotiateResponse, lying)).toBe('refused');
  });

  it('mean nothing below 3.1.1, where their fields hold something else', () => {
    const older = Buffer.from(message);
    older.writeUInt16LE(Dialect.SMB302, 64 + 4);
    older.writeUInt32LE(0xdeadbeef, 64 + 60);
    expect(decodeNegotiateResponse(older).contexts).toEqual([]);
  });
});

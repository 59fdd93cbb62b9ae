import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anyBytes,
  anyFileId,
  anySize,
  anyText,
  anyU32,
  anyU64,
  anyU8,
  describeMessageCodec,
  outcomeOf,
} from '../../../test/support/codec-properties.ts';
import { SmbError } from '../smb-error.ts';
import type { CreateContext } from './create-contexts.ts';
import {
  decodeCreateRequest,
  decodeCreateResponse,
  encodeCreateRequest,
  encodeCreateResponse,
} from './create.ts';
import type { CreateRequest } from './create.ts';
import { encodeMessage } from './message.ts';

const anyContexts: fc.Arbitrary<CreateContext[]> = fc.array(
  fc.record({
    name: fc.oneof(
      fc.constantFrom('MxAc', 'QFid', 'TWrp', 'RqLs'),
      fc.uint8Array({ minLength: 1, maxLength: 16 }).map((b) => Buffer.from(b).toString('latin1')),
    ),
    data: anyBytes(0, 40),
  }),
  { maxLength: 4 },
);

describeMessageCodec('CREATE request', {
  arbitrary: fc.record({
    oplockLevel: anyU8,
    impersonation: anyU32,
    desiredAccess: anyU32,
    fileAttributes: anyU32,
    shareAccess: anyU32,
    disposition: anyU32,
    options: anyU32,
    name: anyText,
    contexts: anyContexts,
  }),
  encode: encodeCreateRequest,
  decode: decodeCreateRequest,
});

describeMessageCodec('CREATE response', {
  arbitrary: fc.record({
    oplockLevel: anyU8,
    flags: anyU8,
    action: anyU32,
    creationTime: anyU64,
    lastAccessTime: anyU64,
    lastWriteTime: anyU64,
    changeTime: anyU64,
    allocationSize: anySize,
    endOfFile: anySize,
    attributes: anyU32,
    fileId: anyFileId,
    contexts: anyContexts,
  }),
  encode: encodeCreateResponse,
  decode: decodeCreateResponse,
});

const root: CreateRequest = {
  oplockLevel: 0,
  impersonation: 2,
  desiredAccess: 0x100081,
  fileAttributes: 0,
  shareAccess: 7,
  disposition: 1,
  options: 1,
  name: '',
  contexts: [],
};

describe('CREATE', () => {
  it('has one byte of buffer even for the root of the share', () => {
    const body = encodeCreateRequest(root);
    expect(body).toHaveLength(57);
    expect(body.readUInt16LE(44)).toBe(120);
    expect(body.readUInt16LE(46)).toBe(0);
  });

  it('puts contexts at multiples of 8 from the header', () => {
    const contexts = [
      { name: 'MxAc', data: Buffer.alloc(0) },
      { name: 'QFid', data: Buffer.alloc(3) },
    ];
    const body = encodeCreateRequest({ ...root, name: 'abc', contexts });
    expect(body.readUInt32LE(48)).toBe(128);
    expect(body.readUInt32LE(52)).toBe(24 + 24 + 3);
    expect(body).toHaveLength(64 + 24 + 24 + 3);
  });

  it('refuses a path that does not fit its length field', () => {
    expect(() => encodeCreateRequest({ ...root, name: 'x'.repeat(0x8000) })).toThrow(SmbError);
  });

  it('refuses a handle of the wrong size', () => {
    const message = encodeMessage({ command: 5 }, encodeCreateRequest(root));
    expect(() =>
      encodeCreateResponse({
        oplockLevel: 0,
        flags: 0,
        action: 1,
        creationTime: 0n,
        lastAccessTime: 0n,
        lastWriteTime: 0n,
        changeTime: 0n,
        allocationSize: 0,
        endOfFile: 0,
        attributes: 0,
        fileId: message,
        contexts: [],
      }),
    ).toThrow(SmbError);
  });

  it('refuses contexts that run in a circle or lead back', () => {
    const contexts = [
      { name: 'MxAc', data: Buffer.alloc(8) },
      { name: 'QFid', data: Buffer.alloc(8) },
    ];
    for (const next of [1, 15, 0xffffffff, 33]) {
      const message = encodeMessage({ command: 5 }, encodeCreateRequest({ ...root, contexts }));
      message.writeUInt32LE(next, 120);
      expect(outcomeOf(decodeCreateRequest, message)).toBe('refused');
    }
  });
});

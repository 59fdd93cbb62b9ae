import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anySize,
  anyText,
  anyU32,
  anyU64,
  describeCodec,
  outcomeOf,
} from '../../../test/support/codec-properties.ts';
import * as info from './file-info.ts';

const times = {
  creationTime: anyU64,
  lastAccessTime: anyU64,
  lastWriteTime: anyU64,
  changeTime: anyU64,
};

describeCodec('basic information', {
  arbitrary: fc.record({ ...times, attributes: anyU32 }),
  encode: info.encodeBasicInfo,
  decode: info.decodeBasicInfo,
});

describeCodec('standard information', {
  arbitrary: fc.record({
    allocationSize: anySize,
    endOfFile: anySize,
    links: anyU32,
    deletePending: fc.boolean(),
    directory: fc.boolean(),
  }),
  encode: info.encodeStandardInfo,
  decode: info.decodeStandardInfo,
});

describeCodec('internal information', {
  arbitrary: fc.record({ fileId: anyU64 }),
  encode: info.encodeInternalInfo,
  decode: info.decodeInternalInfo,
});

describeCodec('rename information', {
  arbitrary: fc.record({ replaceIfExists: fc.boolean(), name: anyText }),
  encode: info.encodeRenameInfo,
  decode: info.decodeRenameInfo,
});

describeCodec('disposition information', {
  arbitrary: fc.record({ deletePending: fc.boolean() }),
  encode: info.encodeDispositionInfo,
  decode: info.decodeDispositionInfo,
});

describeCodec('end of file information', {
  arbitrary: fc.record({ endOfFile: anySize }),
  encode: info.encodeEndOfFileInfo,
  decode: info.decodeEndOfFileInfo,
});

describeCodec('network open information', {
  arbitrary: fc.record({
    ...times,
    allocationSize: anySize,
    endOfFile: anySize,
    attributes: anyU32,
  }),
  encode: info.encodeNetworkOpenInfo,
  decode: info.decodeNetworkOpenInfo,
});

describeCodec('id information', {
  arbitrary: fc.record({ volumeSerial: anyU64, fileId: fc.bigInt(0n, 2n ** 128n - 1n) }),
  encode: info.encodeIdInfo,
  decode: info.decodeIdInfo,
});

describe('basic information', () => {
  it('is 40 bytes, of which the last four mean nothing', () => {
    expect(outcomeOf(info.decodeBasicInfo, Buffer.alloc(39))).toBe('refused');
    expect(outcomeOf(info.decodeBasicInfo, Buffer.alloc(40))).toMatchObject({ attributes: 0 });
  });
});

describe('rename information', () => {
  it('has the 24 bytes that Windows insists on, however short the name', () => {
    expect(info.encodeRenameInfo({ replaceIfExists: false, name: 'a' })).toHaveLength(24);
    expect(info.encodeRenameInfo({ replaceIfExists: false, name: 'abcd' })).toHaveLength(28);
  });
});

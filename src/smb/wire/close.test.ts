import fc from 'fast-check';
import {
  anyFileId,
  anySize,
  anyU16,
  anyU32,
  anyU64,
  describeMessageCodec,
} from '../../../test/support/codec-properties.ts';
import {
  decodeCloseRequest,
  decodeCloseResponse,
  encodeCloseRequest,
  encodeCloseResponse,
} from './close.ts';

describeMessageCodec('CLOSE request', {
  arbitrary: fc.record({ flags: anyU16, fileId: anyFileId }),
  encode: encodeCloseRequest,
  decode: decodeCloseRequest,
});

describeMessageCodec('CLOSE response', {
  arbitrary: fc.record({
    flags: anyU16,
    creationTime: anyU64,
    lastAccessTime: anyU64,
    lastWriteTime: anyU64,
    changeTime: anyU64,
    allocationSize: anySize,
    endOfFile: anySize,
    attributes: anyU32,
  }),
  encode: encodeCloseResponse,
  decode: decodeCloseResponse,
});

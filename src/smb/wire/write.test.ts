import fc from 'fast-check';
import {
  anyBytes,
  anyFileId,
  anySize,
  anyU32,
  describeMessageCodec,
} from '../../../test/support/codec-properties.ts';
import {
  decodeWriteRequest,
  decodeWriteResponse,
  encodeWriteRequest,
  encodeWriteResponse,
} from './write.ts';

describeMessageCodec('WRITE request', {
  arbitrary: fc.record({
    offset: anySize,
    fileId: anyFileId,
    flags: anyU32,
    data: anyBytes(0, 60),
  }),
  encode: ({ data, ...request }) =>
    Buffer.concat([encodeWriteRequest({ ...request, length: data.length }), data]),
  decode: decodeWriteRequest,
  expected: (request) => ({ ...request, length: request.data.length }),
});

describeMessageCodec('WRITE response', {
  arbitrary: fc.record({ count: anyU32 }),
  encode: encodeWriteResponse,
  decode: decodeWriteResponse,
});

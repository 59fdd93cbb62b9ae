import fc from 'fast-check';
import { anyFileId, describeMessageCodec } from '../../../test/support/codec-properties.ts';
import { decodeFlushRequest, encodeFlushRequest } from './flush.ts';

describeMessageCodec('FLUSH request', {
  arbitrary: fc.record({ fileId: anyFileId }),
  encode: encodeFlushRequest,
  decode: decodeFlushRequest,
});

import fc from 'fast-check';
import {
  anyFileId,
  anyText,
  anyU32,
  anyU8,
  describeMessageCodec,
} from '../../../test/support/codec-properties.ts';
import { decodeQueryDirectoryRequest, encodeQueryDirectoryRequest } from './query-directory.ts';

describeMessageCodec('QUERY_DIRECTORY request', {
  arbitrary: fc.record({
    infoClass: anyU8,
    flags: anyU8,
    fileIndex: anyU32,
    fileId: anyFileId,
    pattern: anyText,
    outputBufferLength: anyU32,
  }),
  encode: encodeQueryDirectoryRequest,
  decode: decodeQueryDirectoryRequest,
});

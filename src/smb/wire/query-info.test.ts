import fc from 'fast-check';
import {
  anyBytes,
  anyFileId,
  anyU32,
  anyU8,
  describeMessageCodec,
} from '../../../test/support/codec-properties.ts';
import { decodeQueryInfoRequest, encodeQueryInfoRequest } from './query-info.ts';

describeMessageCodec('QUERY_INFO request', {
  arbitrary: fc.record({
    infoType: anyU8,
    infoClass: anyU8,
    outputBufferLength: anyU32,
    additionalInformation: anyU32,
    flags: anyU32,
    fileId: anyFileId,
    input: anyBytes(0, 40),
  }),
  encode: encodeQueryInfoRequest,
  decode: decodeQueryInfoRequest,
});

import fc from 'fast-check';
import {
  anyBytes,
  anyFileId,
  anyU32,
  anyU8,
  describeMessageCodec,
} from '../../../test/support/codec-properties.ts';
import {
  decodeSetInfoRequest,
  decodeSetInfoResponse,
  encodeSetInfoRequest,
  encodeSetInfoResponse,
} from './set-info.ts';

describeMessageCodec('SET_INFO request', {
  arbitrary: fc.record({
    infoType: anyU8,
    infoClass: anyU8,
    additionalInformation: anyU32,
    fileId: anyFileId,
    buffer: anyBytes(0, 60),
  }),
  encode: encodeSetInfoRequest,
  decode: decodeSetInfoRequest,
});

describeMessageCodec('SET_INFO response', {
  arbitrary: fc.constant(undefined),
  encode: encodeSetInfoResponse,
  decode: decodeSetInfoResponse,
});

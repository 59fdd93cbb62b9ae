import fc from 'fast-check';
import {
  anyFileId,
  anyU16,
  anyU32,
  describeMessageCodec,
} from '../../../test/support/codec-properties.ts';
import { decodeChangeNotifyRequest, encodeChangeNotifyRequest } from './change-notify.ts';

describeMessageCodec('CHANGE_NOTIFY request', {
  arbitrary: fc.record({
    flags: anyU16,
    outputBufferLength: anyU32,
    fileId: anyFileId,
    completionFilter: anyU32,
  }),
  encode: encodeChangeNotifyRequest,
  decode: decodeChangeNotifyRequest,
});

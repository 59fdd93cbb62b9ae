import fc from 'fast-check';
import {
  anyBytes,
  anyFileId,
  anyU32,
  describeMessageCodec,
} from '../../../test/support/codec-properties.ts';
import {
  decodeIoctlRequest,
  decodeIoctlResponse,
  encodeIoctlRequest,
  encodeIoctlResponse,
} from './ioctl.ts';

describeMessageCodec('IOCTL request', {
  arbitrary: fc.record({
    ctlCode: anyU32,
    fileId: anyFileId,
    input: anyBytes(0, 50),
    maxInputResponse: anyU32,
    maxOutputResponse: anyU32,
    flags: anyU32,
  }),
  encode: encodeIoctlRequest,
  decode: decodeIoctlRequest,
});

describeMessageCodec('IOCTL response', {
  arbitrary: fc.record({
    ctlCode: anyU32,
    fileId: anyFileId,
    input: anyBytes(0, 20),
    output: anyBytes(0, 50),
    flags: anyU32,
  }),
  encode: encodeIoctlResponse,
  decode: decodeIoctlResponse,
});

import fc from 'fast-check';
import {
  anyText,
  anyU16,
  anyU32,
  anyU8,
  describeMessageCodec,
} from '../../../test/support/codec-properties.ts';
import {
  decodeTreeConnectRequest,
  decodeTreeConnectResponse,
  encodeTreeConnectRequest,
  encodeTreeConnectResponse,
} from './tree.ts';

describeMessageCodec('TREE_CONNECT request', {
  arbitrary: fc.record({ flags: anyU16, path: anyText }),
  encode: encodeTreeConnectRequest,
  decode: decodeTreeConnectRequest,
});

describeMessageCodec('TREE_CONNECT response', {
  arbitrary: fc.record({
    shareType: anyU8,
    shareFlags: anyU32,
    capabilities: anyU32,
    maximalAccess: anyU32,
  }),
  encode: encodeTreeConnectResponse,
  decode: decodeTreeConnectResponse,
});

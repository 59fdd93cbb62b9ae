import fc from 'fast-check';
import { anyGuid, anyU16, anyU32, describeCodec } from '../../../test/support/codec-properties.ts';
import {
  decodeValidateNegotiateRequest,
  decodeValidateNegotiateResponse,
  encodeValidateNegotiateRequest,
  encodeValidateNegotiateResponse,
} from './validate-negotiate.ts';

describeCodec('VALIDATE_NEGOTIATE_INFO request', {
  arbitrary: fc.record({
    capabilities: anyU32,
    clientGuid: anyGuid,
    securityMode: anyU16,
    dialects: fc.array(anyU16, { maxLength: 6 }),
  }),
  encode: encodeValidateNegotiateRequest,
  decode: decodeValidateNegotiateRequest,
});

describeCodec('VALIDATE_NEGOTIATE_INFO response', {
  arbitrary: fc.record({
    capabilities: anyU32,
    serverGuid: anyGuid,
    securityMode: anyU16,
    dialect: anyU16,
  }),
  encode: encodeValidateNegotiateResponse,
  decode: decodeValidateNegotiateResponse,
});

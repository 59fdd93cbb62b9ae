import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anyBytes,
  anyU16,
  anyU32,
  anyU64,
  anyU8,
  describeMessageCodec,
} from '../../../test/support/codec-properties.ts';
import { SmbError } from '../smb-error.ts';
import {
  decodeSessionSetupRequest,
  decodeSessionSetupResponse,
  encodeSessionSetupRequest,
  encodeSessionSetupResponse,
} from './session-setup.ts';

describeMessageCodec('SESSION_SETUP request', {
  arbitrary: fc.record({
    flags: anyU8,
    securityMode: anyU8,
    capabilities: anyU32,
    channel: anyU32,
    securityBuffer: anyBytes(0, 80),
    previousSessionId: anyU64,
  }),
  encode: encodeSessionSetupRequest,
  decode: decodeSessionSetupRequest,
});

describeMessageCodec('SESSION_SETUP response', {
  arbitrary: fc.record({ sessionFlags: anyU16, securityBuffer: anyBytes(0, 80) }),
  encode: encodeSessionSetupResponse,
  decode: decodeSessionSetupResponse,
});

describe('SESSION_SETUP', () => {
  it('refuses a token that does not fit its length field', () => {
    const response = { sessionFlags: 0, securityBuffer: Buffer.alloc(0x10000) };
    expect(() => encodeSessionSetupResponse(response)).toThrow(SmbError);
  });
});

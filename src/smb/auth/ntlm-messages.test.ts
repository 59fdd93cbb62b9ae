import fc from 'fast-check';
import { anyBytes, anyText, describeCodec } from '../../../test/support/codec-properties.ts';
import {
  decodeAuthenticate,
  decodeChallenge,
  decodeNegotiate,
  encodeAuthenticate,
  encodeChallenge,
  encodeNegotiate,
  NtlmFlag,
} from './ntlm-messages.ts';

const anyVersion = fc.record({
  major: fc.nat(255),
  minor: fc.nat(255),
  build: fc.nat(0xffff),
  revision: fc.nat(255),
});

/** Flags that fit whether there is a version and target information. */
function flagged<T extends { version?: unknown }>(
  message: T,
  rest: number,
): T & { readonly flags: number } {
  const version = message.version === undefined ? 0 : NtlmFlag.VERSION;
  const base = rest & ~(NtlmFlag.VERSION | NtlmFlag.TARGET_INFO);
  return { ...message, flags: (base | version | NtlmFlag.UNICODE) >>> 0 };
}

const anyFlags = fc.nat(0xffffffff);
const maybeVersion = fc.option(anyVersion, { nil: undefined });

describeCodec('NTLM NEGOTIATE', {
  arbitrary: fc
    .tuple(fc.record({ version: maybeVersion }), anyFlags)
    .map(([m, f]) => flagged(m, f)),
  encode: encodeNegotiate,
  decode: decodeNegotiate,
});

describeCodec('NTLM CHALLENGE', {
  arbitrary: fc
    .tuple(
      fc.record({
        version: maybeVersion,
        targetName: anyText,
        serverChallenge: anyBytes(8),
        targetInfo: anyBytes(1, 60),
      }),
      anyFlags,
    )
    .map(([m, f]) => flagged(m, f))
    .map((m) => ({ ...m, flags: (m.flags | NtlmFlag.TARGET_INFO) >>> 0 })),
  encode: encodeChallenge,
  decode: decodeChallenge,
});

describeCodec('NTLM AUTHENTICATE', {
  arbitrary: fc
    .tuple(
      fc.record({
        version: maybeVersion,
        lmResponse: anyBytes(0, 24),
        ntResponse: anyBytes(0, 60),
        domain: anyText,
        user: anyText,
        workstation: anyText,
        encryptedSessionKey: anyBytes(0, 16),
        mic: anyBytes(16),
      }),
      anyFlags,
    )
    .map(([m, f]) => flagged(m, f)),
  encode: encodeAuthenticate,
  decode: decodeAuthenticate,
});

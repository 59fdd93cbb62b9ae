import { NTLM_OID } from '../../src/smb/auth/spnego.ts';
import { encodeNegTokenInit } from '../../src/smb/auth/spnego-tokens.ts';
import { PreauthHash } from '../../src/smb/crypto/preauth.ts';
import { Status } from '../../src/smb/status.ts';
import { decodeEmptyBody, encodeEmptyBody } from '../../src/smb/wire/empty-body.ts';
import { msToFiletime } from '../../src/smb/wire/filetime.ts';
import { decodeIoctlRequest, encodeIoctlResponse, FsctlCode } from '../../src/smb/wire/ioctl.ts';
import type { NegotiateContext } from '../../src/smb/wire/negotiate-contexts.ts';
import {
  Capability,
  Cipher,
  decodeNegotiateRequest,
  Dialect,
  encodeNegotiateResponse,
  SecurityMode,
  SigningAlgorithm,
} from '../../src/smb/wire/negotiate.ts';
import type { NegotiateRequest } from '../../src/smb/wire/negotiate.ts';
import {
  decodeValidateNegotiateRequest,
  encodeValidateNegotiateResponse,
} from '../../src/smb/wire/validate-negotiate.ts';
import { FAKE_NOW_MS } from './file-system.ts';
import type { Agreement, FakeRequest, Reply, ServerContext } from './protocol.ts';
import { failure, success } from './replies.ts';

const SHA512 = 1;

const SIGNERS = {
  [SigningAlgorithm.HMAC_SHA256]: 'hmac-sha256',
  [SigningAlgorithm.AES_CMAC]: 'aes-cmac',
  [SigningAlgorithm.AES_GMAC]: 'aes-gmac',
} as const;

export function negotiate(request: FakeRequest, server: ServerContext): Reply {
  if (server.agreement !== undefined) server.violate('a second NEGOTIATE');
  const offer = decodeNegotiateRequest(request.message);
  const common = offer.dialects.filter((dialect) => server.options.dialects.includes(dialect));
  if (common.length === 0) return failure(Status.NOT_SUPPORTED);
  const agreement = agree(Math.max(...common), offer, server);
  server.agreement = agreement;
  const { options } = server;
  const response = options.negotiate({
    securityMode: agreement.securityMode,
    dialect: agreement.dialect,
    serverGuid: server.serverGuid,
    capabilities: agreement.capabilities,
    maxTransactSize: options.maxTransactBytes,
    maxReadSize: options.maxReadBytes,
    maxWriteSize: options.maxWriteBytes,
    systemTime: msToFiletime(FAKE_NOW_MS),
    serverStartTime: 0n,
    securityBuffer: options.rawNtlm
      ? Buffer.alloc(0)
      : encodeNegTokenInit({ mechTypes: [NTLM_OID] }),
    contexts: contextsOf(agreement, offer, server),
  });
  agreement.preauth?.update([request.message]);
  return {
    ...success(encodeNegotiateResponse(response)),
    onEncoded: (message) => agreement.preauth?.update([message]),
  };
}

function agree(dialect: number, offer: NegotiateRequest, server: ServerContext): Agreement {
  const { ciphers, signingRequired } = server.options;
  const is311 = dialect === Dialect.SMB311;
  const is300 = dialect === Dialect.SMB300 || dialect === Dialect.SMB302;
  const offered = choices(offer, 'encryption');
  const cipher = is311
    ? ciphers.find((candidate) => offered.includes(candidate))
    : is300 && ciphers.length > 0 && (offer.capabilities & Capability.ENCRYPTION) !== 0
      ? Cipher.AES128_CCM
      : undefined;
  const multiCredit = dialect > Dialect.SMB202 && (offer.capabilities & Capability.LARGE_MTU) !== 0;
  return {
    dialect,
    capabilities:
      (multiCredit ? Capability.LARGE_MTU : 0) |
      (is300 && cipher !== undefined ? Capability.ENCRYPTION : 0),
    securityMode: SecurityMode.ENABLED | (signingRequired ? SecurityMode.REQUIRED : 0),
    multiCredit,
    cipher,
    signing:
      dialect < Dialect.SMB300
        ? 'hmac-sha256'
        : (SIGNERS[(is311 ? signingOf(offer, server) : undefined) as keyof typeof SIGNERS] ??
          'aes-cmac'),
    preauth: is311 ? new PreauthHash() : undefined,
  };
}

function choices(offer: NegotiateRequest, type: 'encryption' | 'signing'): number[] {
  for (const context of offer.contexts) {
    if (context.type === 'encryption' && type === 'encryption') return context.ciphers;
    if (context.type === 'signing' && type === 'signing') return context.algorithms;
  }
  return [];
}

function signingOf(offer: NegotiateRequest, { options }: ServerContext): number | undefined {
  const offered = choices(offer, 'signing');
  return options.signingAlgorithms.find((candidate) => offered.includes(candidate));
}

function contextsOf(
  { dialect, cipher }: Agreement,
  offer: NegotiateRequest,
  server: ServerContext,
): NegotiateContext[] {
  if (dialect !== Dialect.SMB311) return [];
  const contexts: NegotiateContext[] = [
    { type: 'preauth', hashAlgorithms: [SHA512], salt: Buffer.alloc(32, 0x5a) },
  ];
  if (server.options.ciphers.length > 0)
    contexts.push({ type: 'encryption', ciphers: [cipher ?? 0] });
  const signing = signingOf(offer, server);
  if (signing !== undefined) contexts.push({ type: 'signing', algorithms: [signing] });
  return contexts;
}

/** Only VALIDATE_NEGOTIATE_INFO; it says what was agreed on. */
export function ioctl(request: FakeRequest, server: ServerContext): Reply {
  const { ctlCode, fileId, input, flags } = decodeIoctlRequest(request.message);
  const { agreement } = server;
  if (ctlCode !== FsctlCode.VALIDATE_NEGOTIATE_INFO || agreement === undefined) {
    return failure(Status.INVALID_DEVICE_REQUEST);
  }
  decodeValidateNegotiateRequest(input);
  const output = encodeValidateNegotiateResponse({
    capabilities: agreement.capabilities,
    serverGuid: server.serverGuid,
    securityMode: agreement.securityMode,
    dialect: agreement.dialect,
  });
  const response = { ctlCode, fileId, input: Buffer.alloc(0), output, flags };
  return success(encodeIoctlResponse(response));
}

export function echo(request: FakeRequest): Reply {
  decodeEmptyBody(request.message);
  return success(encodeEmptyBody());
}

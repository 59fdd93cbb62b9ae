import { SMB_DEFAULTS } from '../defaults.ts';
import { PreauthHash } from '../crypto/preauth.ts';
import type { SigningAlgorithmName } from '../crypto/signing.ts';
import { SmbError } from '../smb-error.ts';
import { Status } from '../status.ts';
import { Command } from '../wire/header.ts';
import {
  Capability,
  Cipher,
  decodeNegotiateResponse,
  Dialect,
  encodeNegotiateRequest,
  SecurityMode,
  SigningAlgorithm,
} from '../wire/negotiate.ts';
import type { NegotiateRequest, NegotiateResponse } from '../wire/negotiate.ts';
import type { NegotiateContext } from '../wire/negotiate-contexts.ts';
import type { Multiplexer } from './multiplexer.ts';
import type { Negotiated } from './negotiated.ts';
import type { Settings } from './settings.ts';

const SHA512 = 1;

/**
 * The first exchange of a connection (MS-SMB2 3.2.4.2.2.2, 3.2.5.2). Throws `unsupported` when
 * there is no common dialect, `encryption_required` when the caller demands what the server
 * cannot, `protocol_error` for answers that the specification forbids.
 *
 * @param host the server's name as the caller typed it, for the netname context
 */
export async function negotiate(mux: Multiplexer, host: string): Promise<Negotiated> {
  const { settings } = mux;
  const offered = offerOf(settings, host);
  const preauth = new PreauthHash();
  const answer = await mux
    .exchange([{ command: Command.NEGOTIATE, body: encodeNegotiateRequest(offered) }], {
      lane: 'urgent',
      unverified: true,
      timeoutMs: Math.min(settings.timeoutMs, settings.connectTimeoutMs),
      onSent: (message) => preauth.update([message]),
    })
    .catch((error: unknown) => {
      throw explainSilence(mux, error);
    });
  const { status, bytes } = answer[0]!;
  if (status !== Status.SUCCESS) {
    const what = `${mux.remote} refuses all offered dialects of SMB 2 and 3`;
    throw new SmbError('unsupported', what, { status });
  }
  preauth.update([bytes]);
  const negotiated = agreementOf(decodeNegotiateResponse(bytes), offered, preauth);
  if (settings.encryption === 'required' && negotiated.cipher === undefined) {
    throw new SmbError('encryption_required', `${mux.remote} cannot encrypt`);
  }
  mux.negotiatedAs(negotiated);
  return negotiated;
}

function offerOf(settings: Settings, host: string): NegotiateRequest {
  const { dialects, random, signing } = settings;
  const newest = Math.max(...dialects);
  return {
    securityMode: SecurityMode.ENABLED | (signing === 'required' ? SecurityMode.REQUIRED : 0),
    // 2.0.2 knows no capabilities: 0 when it is all we offer (MS-SMB2 2.2.3).
    capabilities:
      (newest > Dialect.SMB202 ? Capability.LARGE_MTU : 0) |
      (newest >= Dialect.SMB300 ? Capability.ENCRYPTION : 0),
    clientGuid: settings.clientGuid,
    dialects: [...dialects],
    contexts: newest === Dialect.SMB311 ? contextsOf(settings, host, random(32)) : [],
  };
}

function contextsOf(settings: Settings, host: string, salt: Buffer): NegotiateContext[] {
  const { AES_GMAC, AES_CMAC, HMAC_SHA256 } = SigningAlgorithm;
  const ciphers = [...settings.ciphers];
  return [
    { type: 'preauth', hashAlgorithms: [SHA512], salt },
    // An empty list is none that a server takes (MS-SMB2 3.3.5.4).
    ...(ciphers.length > 0 ? [{ type: 'encryption', ciphers } as const] : []),
    { type: 'signing', algorithms: [AES_GMAC, AES_CMAC, HMAC_SHA256] },
    { type: 'netname', name: host },
  ];
}

function agreementOf(
  response: NegotiateResponse,
  offered: NegotiateRequest,
  preauth: PreauthHash,
): Negotiated {
  const { dialect, capabilities, maxReadSize, maxTransactSize, maxWriteSize } = response;
  if (!offered.dialects.includes(dialect)) {
    throw bad(`chose dialect 0x${dialect.toString(16)}, which was not offered`);
  }
  for (const size of [maxReadSize, maxTransactSize, maxWriteSize]) {
    if (size < SMB_DEFAULTS.minimumServerMaxBytes) throw bad(`takes only ${size} bytes at once`);
  }
  const is311 = dialect === Dialect.SMB311;
  if (is311) checkContexts(response.contexts, offered.contexts);
  const multiCredit = dialect !== Dialect.SMB202 && (capabilities & Capability.LARGE_MTU) !== 0;
  const limit = multiCredit ? Infinity : SMB_DEFAULTS.bytesPerCredit;
  return {
    dialect,
    serverCapabilities: capabilities,
    serverSecurityMode: response.securityMode,
    serverGuid: response.serverGuid,
    maxTransact: Math.min(maxTransactSize, limit),
    maxRead: Math.min(maxReadSize, limit),
    maxWrite: Math.min(maxWriteSize, limit),
    multiCredit,
    signing: signingOf(response),
    cipher: cipherOf(response),
    securityBuffer: response.securityBuffer,
    preauth: is311 ? preauth : undefined,
    offered,
  };
}

/** 3.1.1: one SHA-512 context, at most one of each kind, and only what we had offered. */
function checkContexts(contexts: NegotiateContext[], offered: NegotiateContext[]): void {
  const seen = new Set<string>();
  for (const context of contexts) {
    const { type } = context;
    if (type !== 'preauth' && type !== 'encryption' && type !== 'signing') continue;
    if (seen.has(type)) throw bad(`sent two ${type} contexts`);
    seen.add(type);
    const chosen = choicesOf(context);
    const ours = choicesOf(offered.find((mine) => mine.type === type));
    if (chosen.length !== 1) throw bad(`chose ${chosen.length} values in the ${type} context`);
    // Cipher 0 says that there is none in common (MS-SMB2 2.2.4.1.2).
    const isNone = type === 'encryption' && chosen[0] === 0;
    if (!isNone && !ours.includes(chosen[0]!)) throw bad(`chose an unoffered value for ${type}`);
  }
  if (!seen.has('preauth')) throw bad('sent no preauthentication context');
}

function choicesOf(context: NegotiateContext | undefined): number[] {
  if (context?.type === 'preauth') return context.hashAlgorithms;
  if (context?.type === 'encryption') return context.ciphers;
  if (context?.type === 'signing') return context.algorithms;
  return [];
}

function signingOf({ dialect, contexts }: NegotiateResponse): SigningAlgorithmName {
  if (dialect < Dialect.SMB300) return 'hmac-sha256';
  const context = contexts.find(({ type }) => type === 'signing');
  const [algorithm] = choicesOf(context);
  if (dialect < Dialect.SMB311 || algorithm === undefined) return 'aes-cmac';
  if (algorithm === SigningAlgorithm.AES_GMAC) return 'aes-gmac';
  return algorithm === SigningAlgorithm.AES_CMAC ? 'aes-cmac' : 'hmac-sha256';
}

function cipherOf({ dialect, capabilities, contexts }: NegotiateResponse): number | undefined {
  if (dialect < Dialect.SMB300) return undefined;
  if (dialect < Dialect.SMB311) {
    return (capabilities & Capability.ENCRYPTION) === 0 ? undefined : Cipher.AES128_CCM;
  }
  const [cipher] = choicesOf(contexts.find(({ type }) => type === 'encryption'));
  return cipher === 0 ? undefined : cipher;
}

/** A server that knows only SMB 1 hangs up on our first message, or answers in SMB 1. */
function explainSilence(mux: Multiplexer, error: unknown): unknown {
  if (!(error instanceof SmbError)) return error;
  if (error.code !== 'disconnected' && error.code !== 'unsupported') return error;
  const what =
    `${mux.remote} ended the connection instead of negotiating SMB 2 or 3: ` +
    'it speaks only SMB 1, or is no SMB server';
  return new SmbError('unsupported', what, { cause: error });
}

function bad(why: string): SmbError {
  return new SmbError('protocol_error', `The server ${why}`);
}

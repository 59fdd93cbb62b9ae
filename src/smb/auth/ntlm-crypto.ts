import { createHash, createHmac } from 'node:crypto';
import { md4 } from '../crypto/md4.ts';
import { Rc4 } from '../crypto/rc4.ts';
import { encodeAvPairs } from './av-pairs.ts';
import type { AvPair } from './av-pairs.ts';
import { NtlmFlag } from './ntlm-messages.ts';
import { simpleUpperCase } from './upcase.ts';

export function hmacMd5(key: Buffer, ...parts: readonly Buffer[]): Buffer {
  const hmac = createHmac('md5', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

/** The NT hash of a password, MD4 over its UTF-16LE (NTOWFv1, MS-NLMP 3.3.1). */
export function ntHash(password: string): Buffer {
  const bytes = Buffer.from(password, 'utf16le');
  const hash = md4(bytes);
  bytes.fill(0);
  return hash;
}

/** NTOWFv2, the key of all NTLMv2 responses (MS-NLMP 3.3.2). The domain keeps its case. */
export function ntowfv2(password: string, user: string, domain: string): Buffer {
  const hash = ntHash(password);
  const key = hmacMd5(hash, Buffer.from(simpleUpperCase(user) + domain, 'utf16le'));
  hash.fill(0);
  return key;
}

/** NTLMv2_CLIENT_CHALLENGE and four zero bytes: `temp` of MS-NLMP 3.3.2. */
export function clientBlob(
  time: bigint,
  clientChallenge: Buffer,
  pairs: readonly AvPair[],
): Buffer {
  const head = Buffer.alloc(28);
  head.writeUInt16LE(0x0101, 0);
  head.writeBigUInt64LE(time, 8);
  clientChallenge.copy(head, 16, 0, 8);
  return Buffer.concat([head, encodeAvPairs(pairs), Buffer.alloc(4)]);
}

/** NTProofStr: the part of the response that proves knowledge of the password. */
export function ntProof(key: Buffer, serverChallenge: Buffer, blob: Buffer): Buffer {
  return hmacMd5(key, serverChallenge, blob);
}

/** The LMv2 response; only for servers that send no timestamp. */
export function lmv2Response(
  key: Buffer,
  serverChallenge: Buffer,
  clientChallenge: Buffer,
): Buffer {
  return Buffer.concat([hmacMd5(key, serverChallenge, clientChallenge), clientChallenge]);
}

/** The MIC over the three messages, the last with its MIC field zero (MS-NLMP 3.1.5.1.2). */
export function messageMic(sessionKey: Buffer, messages: readonly Buffer[]): Buffer {
  return hmacMd5(sessionKey, ...messages);
}

export type NtlmDirection = 'client-to-server' | 'server-to-client';

/** SIGNKEY of MS-NLMP 3.4.5.2 with extended session security. */
export function signKey(sessionKey: Buffer, direction: NtlmDirection): Buffer {
  return magicKey(sessionKey, `session key to ${direction} signing key magic constant\0`);
}

/** SEALKEY of MS-NLMP 3.4.5.3 with extended session security: as long as the flags allow. */
export function sealKey(sessionKey: Buffer, direction: NtlmDirection, flags: number): Buffer {
  const size = flags & NtlmFlag.KEY_128 ? sessionKey.length : flags & NtlmFlag.KEY_56 ? 7 : 5;
  const magic = `session key to ${direction} sealing key magic constant\0`;
  return magicKey(sessionKey.subarray(0, size), magic);
}

function magicKey(key: Buffer, magic: string): Buffer {
  return createHash('md5').update(key).update(magic, 'latin1').digest();
}

/**
 * GSS_GetMIC of NTLM in one direction (MS-NLMP 3.4.4.2): numbers its messages and, with key
 * exchange, encrypts the checksum with a key stream that goes on from message to message.
 */
export class NtlmSignatures {
  readonly #signKey: Buffer;
  readonly #stream: Rc4 | undefined;
  #sequence = 0;

  constructor(sessionKey: Buffer, direction: NtlmDirection, flags: number) {
    this.#signKey = signKey(sessionKey, direction);
    const encrypted = (flags & NtlmFlag.KEY_EXCHANGE) !== 0;
    this.#stream = encrypted ? new Rc4(sealKey(sessionKey, direction, flags)) : undefined;
  }

  /** The 16-byte signature of the next message. */
  next(data: Buffer): Buffer {
    const signature = Buffer.alloc(16);
    signature.writeUInt32LE(1, 0);
    signature.writeUInt32LE(this.#sequence, 12);
    this.#sequence += 1;
    const checksum = hmacMd5(this.#signKey, signature.subarray(12), data).subarray(0, 8);
    (this.#stream?.update(checksum) ?? checksum).copy(signature, 4);
    return signature;
  }
}

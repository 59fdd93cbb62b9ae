import { decodeAvPairs, AvId, AV_FLAG_MIC, encodeAvPairs } from '../../src/smb/auth/av-pairs.ts';
import { hmacMd5, messageMic, ntowfv2, ntProof } from '../../src/smb/auth/ntlm-crypto.ts';
import {
  decodeAuthenticate,
  decodeNegotiate,
  encodeChallenge,
  MIC_OFFSET,
  NtlmFlag,
} from '../../src/smb/auth/ntlm-messages.ts';
import { rc4 } from '../../src/smb/crypto/rc4.ts';
import { msToFiletime } from '../../src/smb/wire/filetime.ts';
import { FAKE_NOW_MS } from './file-system.ts';

/** Who has logged on. */
export type Caller =
  | { readonly kind: 'user'; readonly sessionKey: Buffer; readonly flags: number }
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'stranger' };

const NT_PROOF_SIZE = 16;
const SERVER_NAME = 'FAKE';

/** The server's side of NTLMv2 (MS-NLMP 3.2.5), for one logon of one known account. */
export class NtlmAcceptor {
  readonly #account: { readonly username: string; readonly password: string };
  readonly #serverChallenge = Buffer.from('0123456789abcdef', 'hex');
  #negotiate: Buffer = Buffer.alloc(0);
  #challenge: Buffer = Buffer.alloc(0);

  constructor(account: { readonly username: string; readonly password: string }) {
    this.#account = account;
  }

  challenge(negotiate: Buffer): Buffer {
    const time = Buffer.alloc(8);
    time.writeBigUInt64LE(msToFiletime(FAKE_NOW_MS));
    const name = Buffer.from(SERVER_NAME, 'utf16le');
    this.#negotiate = Buffer.from(negotiate);
    this.#challenge = encodeChallenge({
      flags: (decodeNegotiate(negotiate).flags | NtlmFlag.TARGET_INFO) >>> 0,
      targetName: SERVER_NAME,
      serverChallenge: this.#serverChallenge,
      targetInfo: encodeAvPairs([
        { id: AvId.NETBIOS_DOMAIN_NAME, value: name },
        { id: AvId.NETBIOS_COMPUTER_NAME, value: name },
        { id: AvId.TIMESTAMP, value: time },
      ]),
      version: { major: 6, minor: 1, build: 0, revision: 15 },
    });
    return this.#challenge;
  }

  /** Throws when the proof is right and the MIC is not: no client may do that. */
  authenticate(bytes: Buffer): Caller {
    const message = decodeAuthenticate(bytes);
    const { ntResponse, flags, user, domain } = message;
    if (user === '' && ntResponse.length === 0) return { kind: 'anonymous' };
    const { username, password } = this.#account;
    if (user.toLowerCase() !== username.toLowerCase() || ntResponse.length <= NT_PROOF_SIZE) {
      return { kind: 'stranger' };
    }
    const key = ntowfv2(password, user, domain);
    const proof = ntResponse.subarray(0, NT_PROOF_SIZE);
    const blob = ntResponse.subarray(NT_PROOF_SIZE);
    if (!ntProof(key, this.#serverChallenge, blob).equals(proof)) return { kind: 'stranger' };
    const baseKey = hmacMd5(key, proof);
    const sessionKey =
      (flags & NtlmFlag.KEY_EXCHANGE) === 0 ? baseKey : rc4(baseKey, message.encryptedSessionKey);
    this.#checkMic(bytes, blob, sessionKey);
    return { kind: 'user', sessionKey, flags };
  }

  #checkMic(bytes: Buffer, blob: Buffer, sessionKey: Buffer): void {
    const flags = decodeAvPairs(blob.subarray(28)).find(({ id }) => id === AvId.FLAGS)?.value;
    if (((flags?.readUInt32LE(0) ?? 0) & AV_FLAG_MIC) === 0) throw new Error('logon without MIC');
    const unsigned = Buffer.from(bytes);
    unsigned.fill(0, MIC_OFFSET, MIC_OFFSET + 16);
    const expected = messageMic(sessionKey, [this.#negotiate, this.#challenge, unsigned]);
    if (!expected.equals(bytes.subarray(MIC_OFFSET, MIC_OFFSET + 16))) {
      throw new Error('logon with a wrong MIC');
    }
  }
}

import { AvId, avValue, decodeAvPairs, encodeAvPairs } from '../../src/smb/auth/av-pairs.ts';
import type { AvPair } from '../../src/smb/auth/av-pairs.ts';
import {
  hmacMd5,
  messageMic,
  NtlmSignatures,
  ntowfv2,
  ntProof,
} from '../../src/smb/auth/ntlm-crypto.ts';
import {
  decodeAuthenticate,
  decodeNegotiate,
  encodeChallenge,
  MIC_OFFSET,
  NtlmFlag,
} from '../../src/smb/auth/ntlm-messages.ts';
import type { NtlmAuthenticate } from '../../src/smb/auth/ntlm-messages.ts';
import { rc4 } from '../../src/smb/crypto/rc4.ts';

export interface NtlmAccount {
  readonly user: string;
  readonly domain: string;
  readonly password: string;
}

export interface NtlmAcceptorOptions {
  /** Flags this server does not grant. */
  readonly withheld?: number;
  /** FILETIME in the target information; undefined for a server that sends none. */
  readonly timestamp?: bigint | undefined;
  /** More pairs in front of the end mark. */
  readonly pairs?: readonly AvPair[];
  /** What the server says it is; default Windows Server 2022. */
  readonly version?: NtlmVersion;
}

export interface NtlmVersion {
  readonly major: number;
  readonly minor: number;
  readonly build: number;
  readonly revision: number;
}

const WINDOWS_SERVER_2022: NtlmVersion = { major: 10, minor: 0, build: 20348, revision: 15 };

/** What a server knows once it has accepted a client. */
export interface NtlmAccepted {
  readonly message: NtlmAuthenticate;
  readonly pairs: readonly AvPair[];
  readonly sessionKey: Buffer;
  /** Checks the client's and makes the server's signatures. */
  readonly fromClient: NtlmSignatures;
  readonly fromServer: NtlmSignatures;
}

const text = (value: string): Buffer => Buffer.from(value, 'utf16le');

/** The server's side of NTLMv2, written from MS-NLMP 3.2.5 to hold the client against. */
export class NtlmAcceptor {
  readonly #account: NtlmAccount;
  readonly #options: NtlmAcceptorOptions;
  readonly #serverChallenge = Buffer.from('0123456789abcdef', 'hex');
  #negotiate: Buffer = Buffer.alloc(0);
  #challenge: Buffer = Buffer.alloc(0);

  constructor(account: NtlmAccount, options: NtlmAcceptorOptions = {}) {
    this.#account = account;
    this.#options = options;
  }

  /** The CHALLENGE for the client's NEGOTIATE. */
  challenge(negotiate: Buffer): Buffer {
    const { withheld = 0, timestamp, pairs = [], version = WINDOWS_SERVER_2022 } = this.#options;
    const { flags } = decodeNegotiate(negotiate);
    const targetInfo: AvPair[] = [
      { id: AvId.NETBIOS_DOMAIN_NAME, value: text('TESTDOM') },
      { id: AvId.NETBIOS_COMPUTER_NAME, value: text('TESTSRV') },
      { id: AvId.DNS_COMPUTER_NAME, value: text('testsrv.example') },
      ...pairs,
    ];
    if (timestamp !== undefined) {
      const value = Buffer.alloc(8);
      value.writeBigUInt64LE(timestamp);
      targetInfo.push({ id: AvId.TIMESTAMP, value });
    }
    this.#negotiate = Buffer.from(negotiate);
    this.#challenge = encodeChallenge({
      flags: (flags & ~withheld) >>> 0,
      targetName: 'TESTDOM',
      serverChallenge: this.#serverChallenge,
      targetInfo: encodeAvPairs(targetInfo),
      version,
    });
    return this.#challenge;
  }

  /** Checks proof and MIC of the AUTHENTICATE; an Error says what is wrong. */
  accept(authenticate: Buffer): NtlmAccepted {
    const message = decodeAuthenticate(authenticate);
    const { user, domain, password } = this.#account;
    if (message.user !== user || message.domain !== domain) throw new Error('another user');
    const key = ntowfv2(password, user, domain);
    const [proof, blob] = [message.ntResponse.subarray(0, 16), message.ntResponse.subarray(16)];
    if (!ntProof(key, this.#serverChallenge, blob).equals(proof)) throw new Error('wrong password');
    const baseKey = hmacMd5(key, proof);
    const exchanged = (message.flags & NtlmFlag.KEY_EXCHANGE) !== 0;
    const sessionKey = exchanged ? rc4(baseKey, message.encryptedSessionKey) : baseKey;
    const bare = Buffer.from(authenticate).fill(0, MIC_OFFSET, MIC_OFFSET + 16);
    const mic = messageMic(sessionKey, [this.#negotiate, this.#challenge, bare]);
    if (message.mic?.equals(mic) !== true) throw new Error('wrong MIC');
    const pairs = decodeAvPairs(blob.subarray(28));
    if (avValue(pairs, AvId.FLAGS)?.readUInt32LE() === undefined) throw new Error('no flags');
    return {
      message,
      pairs,
      sessionKey,
      fromClient: new NtlmSignatures(sessionKey, 'client-to-server', message.flags),
      fromServer: new NtlmSignatures(sessionKey, 'server-to-client', message.flags),
    };
  }
}

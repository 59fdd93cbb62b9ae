import { randomBytes, timingSafeEqual } from 'node:crypto';
import { rc4 } from '../crypto/rc4.ts';
import { SmbError } from '../smb-error.ts';
import { filetimeToMs, msToFiletime } from '../wire/filetime.ts';
import { avText, AvId, avTimestamp, clientAvPairs, decodeAvPairs } from './av-pairs.ts';
import type { AvPair } from './av-pairs.ts';
import {
  clientBlob,
  hmacMd5,
  lmv2Response,
  messageMic,
  NtlmSignatures,
  ntowfv2,
  ntProof,
} from './ntlm-crypto.ts';
import {
  decodeChallenge,
  encodeAuthenticate,
  encodeNegotiate,
  MIC_OFFSET,
  NtlmFlag,
} from './ntlm-messages.ts';
import type { NtlmAuthenticate, NtlmChallenge, NtlmVersion } from './ntlm-messages.ts';
import type { AuthExchange, AuthProvider, AuthServerInfo, AuthTarget } from './provider.ts';
import { NTLM_OID } from './spnego.ts';

export interface NtlmOptions {
  /** `user`, `DOMAIN\user` or `user@realm`; with `domain` given it is taken as it is. */
  readonly username: string;
  readonly password: string;
  readonly domain?: string | undefined;
  /** Name of this machine as the server logs it; accounts can be bound to it. Default: empty. */
  readonly workstation?: string | undefined;
  readonly random?: ((size: number) => Buffer) | undefined;
  /** The clock, milliseconds since 1970; used only when the server sends no time. */
  readonly now?: (() => number) | undefined;
}

const OUR_FLAGS =
  NtlmFlag.UNICODE |
  NtlmFlag.REQUEST_TARGET |
  NtlmFlag.SIGN |
  NtlmFlag.NTLM |
  NtlmFlag.ALWAYS_SIGN |
  NtlmFlag.EXTENDED_SESSION_SECURITY |
  NtlmFlag.TARGET_INFO |
  NtlmFlag.VERSION |
  NtlmFlag.KEY_128 |
  NtlmFlag.KEY_EXCHANGE |
  NtlmFlag.KEY_56;

/** Without these a server would have us fall back to NTLM of the last century. */
const REQUIRED_FLAGS = NtlmFlag.UNICODE | NtlmFlag.EXTENDED_SESSION_SECURITY | NtlmFlag.TARGET_INFO;

/** Servers only log it; 10.0 with revision 15 is what they know. */
const OUR_VERSION: NtlmVersion = { major: 10, minor: 0, build: 0, revision: 15 };

const NO_BYTES = Buffer.alloc(0);

/**
 * NTLMv2 (MS-NLMP) with MIC, target name and key exchange; never anything older. The password is
 * turned into its key at once and not kept. Throws `invalid_argument` for an empty user name.
 */
export function ntlmProvider(options: NtlmOptions): AuthProvider {
  return new NtlmProvider(options);
}

/** A logon as nobody. The session it gives can neither sign nor encrypt. */
export function anonymousProvider(): AuthProvider {
  return { name: 'anonymous', oid: NTLM_OID, begin: () => new NtlmExchange(undefined, '') };
}

/** Who logs on: the names as sent and the key made of password, user and domain. */
interface Identity {
  readonly user: string;
  readonly domain: string;
  readonly workstation: string;
  readonly key: Buffer;
  readonly random: (size: number) => Buffer;
  readonly now: () => number;
}

class NtlmProvider implements AuthProvider {
  readonly name = 'ntlm';
  readonly oid = NTLM_OID;
  readonly #identity: Identity;

  constructor(options: NtlmOptions) {
    const { user, domain } = splitName(options.username, options.domain);
    if (user === '') throw new SmbError('invalid_argument', 'The user name is empty');
    this.#identity = {
      user,
      domain,
      workstation: options.workstation ?? '',
      key: ntowfv2(options.password, user, domain),
      random: options.random ?? randomBytes,
      now: options.now ?? Date.now,
    };
  }

  begin(target: AuthTarget): AuthExchange {
    return new NtlmExchange(this.#identity, target.spn);
  }
}

/**
 * `DOMAIN\user` is split, `.\user` means an account of the server itself; `user@realm` goes to the
 * server whole, with an empty domain.
 */
function splitName(
  username: string,
  domain: string | undefined,
): { readonly user: string; readonly domain: string } {
  if (domain !== undefined) return { user: username, domain };
  const slash = username.indexOf('\\');
  if (slash < 0) return { user: username, domain: '' };
  const before = username.slice(0, slash);
  return { user: username.slice(slash + 1), domain: before === '.' ? '' : before };
}

/** What exists once the challenge was answered. */
interface NtlmKeys {
  readonly sessionKey: Buffer;
  readonly ours: NtlmSignatures;
  readonly theirs: NtlmSignatures;
}

class NtlmExchange implements AuthExchange {
  serverInfo: AuthServerInfo | undefined;
  readonly mic?: (data: Buffer) => Buffer;
  readonly verifyMic?: (data: Buffer, mic: Buffer) => boolean;
  readonly anonymous: boolean;
  #identity: Identity | undefined;
  readonly #spn: string;
  readonly #negotiate = encodeNegotiate({ flags: OUR_FLAGS, version: OUR_VERSION });
  #started = false;
  #keys: NtlmKeys | undefined;

  /** Without an identity the logon is anonymous: nothing is proven, so nothing can be signed. */
  constructor(identity: Identity | undefined, spn: string) {
    this.#identity = identity;
    this.#spn = spn;
    this.anonymous = identity === undefined;
    if (identity !== undefined) {
      this.mic = (data) => this.#proven().ours.next(data);
      this.verifyMic = (data, mic) => {
        const expected = this.#proven().theirs.next(data);
        return mic.length === expected.length && timingSafeEqual(mic, expected);
      };
    }
  }

  get done(): boolean {
    return this.#keys !== undefined;
  }

  sessionKey(): Buffer {
    return this.#proven().sessionKey;
  }

  async step(token: Buffer | undefined): Promise<Buffer | undefined> {
    return this.#step(token);
  }

  #step(token: Buffer | undefined): Buffer | undefined {
    if (!this.#started) {
      this.#started = true;
      return this.#negotiate;
    }
    if (this.done) {
      if (token === undefined || token.length === 0) return undefined;
      throw new SmbError('protocol_error', 'The server sent an NTLM token after the last one');
    }
    const bytes = token ?? NO_BYTES;
    const challenge = decodeChallenge(bytes);
    const pairs = decodeAvPairs(challenge.targetInfo);
    this.serverInfo = describeServer(challenge, pairs);
    if ((challenge.flags & REQUIRED_FLAGS) !== REQUIRED_FLAGS) {
      throw new SmbError('unsupported', 'The server does not speak NTLMv2, only weaker NTLM');
    }
    const flags = (challenge.flags & OUR_FLAGS) >>> 0;
    const identity = this.#identity;
    this.#identity = undefined;
    return identity === undefined
      ? this.#answerAnonymously(flags)
      : this.#answer(identity, challenge, pairs, flags, bytes);
  }

  #answer(
    identity: Identity,
    { serverChallenge }: NtlmChallenge,
    pairs: readonly AvPair[],
    flags: number,
    challengeBytes: Buffer,
  ): Buffer {
    const { key, random } = identity;
    const timestamp = avTimestamp(pairs);
    const clientChallenge = random(8);
    const time = timestamp ?? msToFiletime(identity.now());
    const blob = clientBlob(time, clientChallenge, clientAvPairs(pairs, this.#spn));
    const proof = ntProof(key, serverChallenge, blob);
    const baseKey = hmacMd5(key, proof);
    const exchange = (flags & NtlmFlag.KEY_EXCHANGE) !== 0;
    const sessionKey = exchange ? random(16) : baseKey;
    const message = authenticate(flags, {
      lmResponse:
        timestamp === undefined
          ? lmv2Response(key, serverChallenge, clientChallenge)
          : Buffer.alloc(24),
      ntResponse: Buffer.concat([proof, blob]),
      domain: identity.domain,
      user: identity.user,
      workstation: identity.workstation,
      encryptedSessionKey: exchange ? rc4(baseKey, sessionKey) : NO_BYTES,
    });
    messageMic(sessionKey, [this.#negotiate, challengeBytes, message]).copy(message, MIC_OFFSET);
    this.#keys = keysOf(sessionKey, flags);
    return message;
  }

  /** An empty response that counts as no attempt (MS-NLMP 3.2.5.1.2). */
  #answerAnonymously(flags: number): Buffer {
    const sessionKey = Buffer.alloc(16);
    this.#keys = keysOf(sessionKey, flags);
    return authenticate(((flags | NtlmFlag.ANONYMOUS) & ~NtlmFlag.KEY_EXCHANGE) >>> 0, {
      lmResponse: Buffer.alloc(1),
      ntResponse: NO_BYTES,
      domain: '',
      user: '',
      workstation: '',
      encryptedSessionKey: NO_BYTES,
    });
  }

  #proven(): NtlmKeys {
    if (this.#keys !== undefined) return this.#keys;
    throw new SmbError('protocol_error', 'The NTLM logon is not complete');
  }
}

function keysOf(sessionKey: Buffer, flags: number): NtlmKeys {
  return {
    sessionKey,
    ours: new NtlmSignatures(sessionKey, 'client-to-server', flags),
    theirs: new NtlmSignatures(sessionKey, 'server-to-client', flags),
  };
}

function authenticate(
  flags: number,
  parts: Omit<NtlmAuthenticate, 'flags' | 'version' | 'mic'>,
): Buffer {
  return encodeAuthenticate({ ...parts, flags, version: OUR_VERSION, mic: undefined });
}

function describeServer(
  { targetName, version }: NtlmChallenge,
  pairs: readonly AvPair[],
): AuthServerInfo {
  const timestamp = avTimestamp(pairs);
  return {
    versionMajor: version?.major,
    versionMinor: version?.minor,
    build: version?.build,
    targetName,
    netbiosComputerName: avText(pairs, AvId.NETBIOS_COMPUTER_NAME),
    netbiosDomainName: avText(pairs, AvId.NETBIOS_DOMAIN_NAME),
    dnsComputerName: avText(pairs, AvId.DNS_COMPUTER_NAME),
    dnsDomainName: avText(pairs, AvId.DNS_DOMAIN_NAME),
    dnsForestName: avText(pairs, AvId.DNS_FOREST_NAME),
    timestamp: timestamp === undefined ? undefined : filetimeToMs(timestamp),
  };
}

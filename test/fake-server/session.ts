import { decodeAuthenticate } from '../../src/smb/auth/ntlm-messages.ts';
import { NTLM_OID } from '../../src/smb/auth/spnego.ts';
import {
  decodeNegTokenInit,
  decodeNegTokenResp,
  encodeMechTypeList,
  encodeNegTokenResp,
  NegState,
} from '../../src/smb/auth/spnego-tokens.ts';
import type { PreauthHash } from '../../src/smb/crypto/preauth.ts';
import { createSealer } from '../../src/smb/crypto/sealing.ts';
import type { Sealer } from '../../src/smb/crypto/sealing.ts';
import { deriveSessionKeys } from '../../src/smb/crypto/session-keys.ts';
import { createSigner } from '../../src/smb/crypto/signing.ts';
import type { Signer } from '../../src/smb/crypto/signing.ts';
import { msToFiletime } from '../../src/smb/wire/filetime.ts';
import { NtlmAcceptor } from '../support/ntlm-acceptor.ts';
import type { NtlmAccepted } from '../support/ntlm-acceptor.ts';
import { FAKE_NOW_MS } from './file-system.ts';
import type { Agreement } from './protocol.ts';
import type { FakeServerOptions } from './options.ts';

export interface FakeTree {
  readonly id: number;
  readonly session: FakeSession;
}

/** Who logs on. */
export type Caller =
  | { readonly kind: 'user'; readonly accepted: NtlmAccepted }
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'stranger' };

const RAW = 'NTLMSSP\0';
const ZEROS = (size: number): Buffer => Buffer.alloc(size);

/** One logon and what comes of it. */
export class FakeSession {
  readonly id: bigint;
  readonly trees = new Map<number, FakeTree>();
  /** Over its SESSION_SETUP messages; undefined below 3.1.1. */
  readonly preauth: PreauthHash | undefined;
  signer: Signer | undefined;
  sealer: Sealer | undefined;
  /** Answers to anything but a new logon with NETWORK_SESSION_EXPIRED. */
  isExpired = false;
  /** How often somebody has logged on in it. */
  logons = 0;
  readonly #options: FakeServerOptions;
  readonly #agreement: Agreement;
  #acceptor: Logon | undefined;

  constructor(id: bigint, agreement: Agreement, options: FakeServerOptions) {
    this.id = id;
    this.#agreement = agreement;
    this.#options = options;
    this.preauth = agreement.preauth?.copy();
  }

  /** The next leg: a token to go on with, or who it is and a last token. */
  step(token: Buffer): { token: Buffer; caller?: Caller } {
    const { rawNtlm } = this.#options;
    if (this.#acceptor === undefined) {
      const isRaw = token.toString('latin1', 0, RAW.length) === RAW;
      const negotiate = isRaw ? token : (decodeNegTokenInit(token).mechToken ?? ZEROS(0));
      this.#acceptor = acceptorFor(this.#options);
      const responseToken = this.#acceptor.ntlm.challenge(negotiate);
      if (rawNtlm) return { token: responseToken };
      const negState = NegState.ACCEPT_INCOMPLETE;
      return { token: encodeNegTokenResp({ negState, supportedMech: NTLM_OID, responseToken }) };
    }
    const logon = this.#acceptor;
    this.#acceptor = undefined;
    if (rawNtlm) return { token: ZEROS(0), caller: callerOf(logon, token, this.#options) };
    const { responseToken, mechListMic } = decodeNegTokenResp(token);
    const caller = callerOf(logon, responseToken ?? ZEROS(0), this.#options);
    const mic = this.#mechListMic(caller, mechListMic);
    const negState = NegState.ACCEPT_COMPLETED;
    return { token: encodeNegTokenResp({ negState, mechListMic: mic }), caller };
  }

  /** Makes the keys of a new session; a session logged on again keeps its own. */
  accept(caller: Caller): void {
    this.logons += 1;
    this.isExpired = false;
    if (caller.kind !== 'user' || this.signer !== undefined) return;
    const { dialect, cipher, signing } = this.#agreement;
    const keys = deriveSessionKeys({
      dialect,
      cipher,
      sessionKey: caller.accepted.sessionKey,
      preauthHash: this.preauth?.value,
    });
    this.signer = createSigner(signing, keys.signingKey);
    const { encryptionKey, decryptionKey } = keys;
    if (cipher !== undefined && encryptionKey !== undefined && decryptionKey !== undefined) {
      // The client encrypts with what we decrypt with, and the other way round.
      this.sealer = createSealer(cipher, decryptionKey, encryptionKey, ZEROS);
    }
  }

  #mechListMic(caller: Caller, theirs: Buffer | undefined): Buffer | undefined {
    const { mechListMic } = this.#options;
    if (caller.kind !== 'user') return undefined;
    const list = encodeMechTypeList([NTLM_OID]);
    const { fromClient, fromServer } = caller.accepted;
    if (theirs !== undefined && !fromClient.next(list).equals(theirs)) {
      throw new Error('logon with a wrong mechListMIC');
    }
    if (mechListMic === 'none') return undefined;
    const mic = fromServer.next(list);
    if (mechListMic === 'wrong') mic[5]! ^= 1;
    return mic;
  }
}

/** One run of NTLM, and the account it is held against once it is known whose. */
interface Logon {
  readonly ntlm: NtlmAcceptor;
  readonly account: { user: string; domain: string; password: string };
}

function acceptorFor({ username, password, ntlmVersion }: FakeServerOptions): Logon {
  const account = { user: username, domain: '', password };
  const timestamp = msToFiletime(FAKE_NOW_MS);
  const version = ntlmVersion === undefined ? {} : { version: ntlmVersion };
  return { account, ntlm: new NtlmAcceptor(account, { timestamp, ...version }) };
}

/** Throws when the password is right and something else is wrong: no client may do that. */
function callerOf(
  { ntlm, account }: Logon,
  token: Buffer,
  { passwordOf }: FakeServerOptions,
): Caller {
  const { user, ntResponse } = decodeAuthenticate(token);
  if (user === '' && ntResponse.length === 0) return { kind: 'anonymous' };
  if (passwordOf !== undefined) {
    const password = passwordOf(user);
    if (password === undefined) return { kind: 'stranger' };
    account.user = user;
    account.password = password;
  }
  try {
    return { kind: 'user', accepted: ntlm.accept(token) };
  } catch (error) {
    const { message } = error as Error;
    if (message === 'another user' || message === 'wrong password') return { kind: 'stranger' };
    throw error;
  }
}

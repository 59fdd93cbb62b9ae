import { Cipher, Dialect, SigningAlgorithm } from '../../src/smb/wire/negotiate.ts';
import type { NegotiateResponse } from '../../src/smb/wire/negotiate.ts';
import type { NtlmVersion } from '../support/ntlm-acceptor.ts';
import { FakeFileSystem } from './file-system.ts';
import type { FakeNode } from './file-system.ts';
import { FaultRules } from './fault-rules.ts';

/** What the credits of an answer are made of. */
export interface CreditRequest {
  readonly charge: number;
  readonly requested: number;
  /** Credits that the client holds before this grant. */
  readonly held: number;
}

/** How the fake server is set up; faults come on top of it. */
export interface FakeServerOptions {
  readonly fileSystem: FakeFileSystem;
  readonly share: string;
  readonly username: string;
  readonly password: string;
  readonly dialects: readonly number[];
  /** In its order of preference. Empty: 3.1.1 without the context, below without the capability. */
  readonly ciphers: readonly number[];
  /** In its order of preference; empty: no such context, as servers before 2021. */
  readonly signingAlgorithms: readonly number[];
  readonly signingRequired: boolean;
  /** The session has to be encrypted. */
  readonly encryptSession: boolean;
  /** The share has to be encrypted. */
  readonly encryptShare: boolean;
  /** What becomes of users with a wrong name or password. */
  readonly strangers: 'refused' | 'guests';
  readonly allowAnonymous: boolean;
  /** Tokens travel without SPNEGO around them. */
  readonly rawNtlm: boolean;
  readonly mechListMic: 'right' | 'wrong' | 'none';
  readonly maxTransactBytes: number;
  readonly maxReadBytes: number;
  readonly maxWriteBytes: number;
  readonly grant: (request: CreditRequest) => number;
  /** Answers of a compound in one frame, or in one each. */
  readonly compoundAnswers: 'together' | 'apart';
  /** More pending notifies than these are refused with INSUFFICIENT_RESOURCES. */
  readonly asyncSlots: number;
  /** Handles of one connection beyond these are refused with INSUFFICIENT_RESOURCES. */
  readonly maxOpenFiles: number;
  /** A larger buffer for a notify is refused with INVALID_PARAMETER. */
  readonly notifyBufferBytes: number;
  readonly notify: 'yes' | 'not_supported';
  /** What a recursive watch reports: all, or only names that clients change (Samba). */
  readonly recursion: 'complete' | 'partial';
  /** Whether a directory may be renamed while something below it is open. */
  readonly renamesOpenTrees: boolean;
  /** Directories that nobody may list. */
  readonly denied: (node: FakeNode) => boolean;
  /** 16 bytes. */
  readonly serverGuid: Buffer;
  /** What NTLM says of the server; default that of the acceptor, a Windows. */
  readonly ntlmVersion: NtlmVersion | undefined;
  /** The password of a user now; default that of the options. */
  readonly passwordOf: ((user: string) => string | undefined) | undefined;
  /** False: every logon is answered with REQUEST_NOT_ACCEPTED. */
  readonly acceptsSessions: () => boolean;
  /** What goes wrong. */
  readonly faults: FaultRules;
  /** Hears of every message, in a form that is the same whenever the same happens. */
  readonly trace: (what: string) => void;
  /** The last word on what NEGOTIATE says. */
  readonly negotiate: (response: NegotiateResponse) => NegotiateResponse;
}

/** The server of a friendly world: 3.1.1, AES-GMAC, AES-128-GCM, alice with her password. */
export function fakeServerOptions(options: Partial<FakeServerOptions> = {}): FakeServerOptions {
  return {
    fileSystem: new FakeFileSystem(),
    share: 'data',
    username: 'alice',
    password: 'secret',
    dialects: Object.values(Dialect),
    ciphers: [Cipher.AES128_GCM, Cipher.AES128_CCM, Cipher.AES256_GCM, Cipher.AES256_CCM],
    signingAlgorithms: [
      SigningAlgorithm.AES_GMAC,
      SigningAlgorithm.AES_CMAC,
      SigningAlgorithm.HMAC_SHA256,
    ],
    signingRequired: false,
    encryptSession: false,
    encryptShare: false,
    strangers: 'refused',
    allowAnonymous: false,
    rawNtlm: false,
    mechListMic: 'right',
    maxTransactBytes: 1_048_576,
    maxReadBytes: 1_048_576,
    maxWriteBytes: 1_048_576,
    grant: grantUpTo(512),
    compoundAnswers: 'together',
    asyncSlots: Infinity,
    maxOpenFiles: Infinity,
    notifyBufferBytes: Infinity,
    notify: 'yes',
    recursion: 'complete',
    renamesOpenTrees: true,
    denied: () => false,
    serverGuid: Buffer.from('FAKE'.padEnd(16, '\0'), 'latin1'),
    ntlmVersion: undefined,
    passwordOf: undefined,
    acceptsSessions: () => true,
    faults: new FaultRules(),
    trace: () => undefined,
    negotiate: (response) => response,
    ...options,
  };
}

/** Gives what is asked for until the client holds `most`; always enough to go on. */
export function grantUpTo(most: number): FakeServerOptions['grant'] {
  return ({ requested, held }) => Math.max(held === 0 ? 1 : 0, Math.min(requested, most - held));
}

import type { PreauthHash } from '../crypto/preauth.ts';
import type { SigningAlgorithmName } from '../crypto/signing.ts';
import type { NegotiateRequest } from '../wire/negotiate.ts';

/** What NEGOTIATE agreed on: true for the life of the connection. */
export interface Negotiated {
  /** One of `Dialect`. */
  readonly dialect: number;
  readonly serverCapabilities: number;
  readonly serverSecurityMode: number;
  readonly serverGuid: Buffer;
  readonly maxTransact: number;
  readonly maxRead: number;
  readonly maxWrite: number;
  /** Requests may cost more than one credit and carry more than 64 KiB (LARGE_MTU). */
  readonly multiCredit: boolean;
  readonly signing: SigningAlgorithmName;
  /** One of `Cipher`; undefined when the server cannot encrypt or shares no cipher. */
  readonly cipher: number | undefined;
  /** The hint of the server with its mechanisms (SPNEGO NegTokenInit2), often empty. */
  readonly securityBuffer: Buffer;
  /** 3.1.1 only: over the NEGOTIATE pair, to be continued by each session (MS-SMB2 3.1.4.4). */
  readonly preauth: PreauthHash | undefined;
  /** What we had offered, to be confirmed under signature on older dialects. */
  readonly offered: NegotiateRequest;
}

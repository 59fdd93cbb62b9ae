import type { SmbError } from '../smb-error.ts';
import type { Header } from '../wire/header.ts';
import type { Lane } from './credit-window.ts';
import type { SessionSecurity } from './session-security.ts';

/** One SMB2 request as the layers above hand it down; the connection adds the header. */
export interface OutgoingRequest {
  readonly command: number;
  /** The body, to stand at offset 64. */
  readonly body: Buffer;
  /** Bytes after the body (WRITE), never copied. Not in compounds. */
  readonly data?: readonly Buffer[];
  /** The larger of request and response payload in bytes, for the credit charge; default small. */
  readonly payloadBytes?: number;
  /** Called when the server says it will take a while (interim STATUS_PENDING). */
  readonly onInterim?: () => void;
}

export interface RequestOptions {
  readonly lane?: Lane;
  readonly session?: SessionSecurity | undefined;
  /** Tree it runs on; absent for requests without a tree. */
  readonly treeId?: number;
  /** Encrypt although the session as a whole does not (MS-SMB2 ENCRYPT_DATA of a share). */
  readonly seal?: boolean;
  /** The caller verifies the answer itself: NEGOTIATE and SESSION_SETUP. */
  readonly unverified?: boolean;
  /** Sees each plain message as it is sent: for the preauthentication hash. */
  readonly onSent?: (message: Buffer) => void;
  /** `Infinity`: never overdue, like CHANGE_NOTIFY; the link's own liveness still counts. */
  readonly timeoutMs?: number;
  /** Several requests in one frame that have nothing to do with each other. Default: related. */
  readonly unrelated?: boolean;
  /** Once the server has said that it will take a while, it may take for ever: CHANGE_NOTIFY. */
  readonly interimEndsTimeout?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Not to be sent before this has come; when it rejects, the request fails with its reason. */
  readonly after?: Promise<void>;
  /** All answers, come after the caller had given up: undo what was done (close a handle). */
  readonly onLate?: (answers: SmbMessage[]) => void;
}

/** What was proved of an answer: made by the holder of the session's key, or nothing. */
export type Protection = 'none' | 'signed' | 'sealed';

/** A response, verified. `bytes` begin with the header and are a view of the frame. */
export class SmbMessage {
  readonly header: Header;
  readonly bytes: Buffer;
  readonly protection: Protection;

  constructor(header: Header, bytes: Buffer, protection: Protection) {
    this.header = header;
    this.bytes = bytes;
    this.protection = protection;
  }

  get status(): number {
    return this.header.status;
  }
}

/** Called once: with the answers in the order of the requests, or with the reason there are none. */
export type Outcome = (error: SmbError | undefined, answers: SmbMessage[]) => void;

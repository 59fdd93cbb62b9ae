import type { PreauthHash } from '../../src/smb/crypto/preauth.ts';
import type { Header } from '../../src/smb/wire/header.ts';
import type { FakeFileSystem } from './file-system.ts';
import type { FakeOpen } from './opens.ts';
import type { FakeServerOptions } from './options.ts';
import type { FakeSession } from './session.ts';

/** One request, on its own or out of a compound. */
export interface FakeRequest {
  readonly header: Header;
  /** The whole message. */
  readonly message: Buffer;
  /** Came encrypted, so it is answered encrypted. */
  readonly sealed: boolean;
  readonly session: FakeSession | undefined;
  readonly chain: Chain;
}

/** What the messages of a compound hand on to each other. */
export interface Chain {
  status: number;
  fileId: Buffer | undefined;
}

/** How an answer is protected: as it should, not at all, wrongly, or with what the client sent. */
export type Protection = 'right' | 'none' | 'wrong' | 'echo' | 'clear';

/** An answer, and how it is to go wrong. */
export interface Reply {
  readonly status: number;
  readonly body: Buffer;
  /** Last word on the header. */
  readonly header?: Partial<Header>;
  readonly protection?: Protection;
  /** Sent so many times; default 1. */
  readonly copies?: number;
  /** What becomes of the finished frame, prefix included, on the wire. */
  readonly wire?: (frame: Buffer) => readonly Buffer[];
  /** Sees the message as it is sent, before encryption. */
  readonly onEncoded?: (message: Buffer) => void;
  /** Called when it is on its way. */
  readonly onSent?: () => void;
  /** The interim answer of this operation. */
  readonly asyncId?: bigint;
}

/** An operation that was answered with STATUS_PENDING. */
export interface AsyncOperation {
  readonly request: FakeRequest;
  readonly asyncId: bigint;
  /** False once it is finished or forgotten. */
  readonly isPending: boolean;
  finish(reply: Reply): void;
  /** Never answers. */
  forget(): void;
}

/** What the handlers of commands work with. */
export interface ServerContext {
  readonly options: FakeServerOptions;
  readonly fileSystem: FakeFileSystem;
  readonly sessions: Map<bigint, FakeSession>;
  readonly opens: Map<string, FakeOpen>;
  readonly serverGuid: Buffer;
  /** Set by NEGOTIATE. */
  agreement: Agreement | undefined;
  /** The interim answer, and the handle for the final one. */
  startAsync(request: FakeRequest): { interim: Reply; operation: AsyncOperation };
  /** A CHANGE_NOTIFY waits for changes. */
  announceNotify(notify: PendingNotify): void;
  /** The client did something that no client may do. */
  violate(what: string): void;
}

/** A CHANGE_NOTIFY that waits. */
export interface PendingNotify {
  readonly open: FakeOpen;
  readonly operation: AsyncOperation;
  readonly recursive: boolean;
  readonly completionFilter: number;
  readonly outputBufferLength: number;
}

/** What NEGOTIATE came to. */
export interface Agreement {
  readonly dialect: number;
  readonly capabilities: number;
  readonly securityMode: number;
  readonly multiCredit: boolean;
  readonly cipher: number | undefined;
  readonly signing: 'hmac-sha256' | 'aes-cmac' | 'aes-gmac';
  /** 64 bytes over the NEGOTIATE pair; undefined below 3.1.1. */
  preauth: PreauthHash | undefined;
}

export type Handler = (request: FakeRequest, server: ServerContext) => Reply;

import type { SmbError } from '../smb-error.ts';
import type { ServerKind } from './diagnostics.ts';
import type { Multiplexer } from './multiplexer.ts';
import type { OutgoingRequest, Outcome, RequestOptions, SmbMessage } from './request.ts';
import type { SessionSecurity } from './session-security.ts';

/** What a tree needs of its session. */
export interface SessionContext {
  readonly mux: Multiplexer;
  /** The server's name as the caller typed it. */
  readonly host: string;
  readonly security: SessionSecurity;
  readonly serverKind: ServerKind;
  /** The trees connected on it, so that closing finds them. */
  readonly trees: Set<{ close(): Promise<void> }>;
  /** Requests on the session; one that expired is renewed and the requests sent again. */
  exchangeOn(requests: readonly OutgoingRequest[], options: RequestOptions): Promise<SmbMessage[]>;
  submitOn(requests: readonly OutgoingRequest[], options: RequestOptions, outcome: Outcome): void;
}

/** Something that lives on a tree and ends with it. */
export interface TreeResident {
  /** Its open handle, if it has one now. */
  readonly handle: Buffer | undefined;
  /** The tree goes away, for this reason, and closes the handle itself. */
  treeEnded(reason: SmbError): void;
}

/** What files, listings and watches need of their tree. */
export interface TreeContext {
  readonly mux: Multiplexer;
  readonly share: string;
  readonly residents: Set<TreeResident>;
  /** How long after a server has called a notify pending it really watches; see `defaults.ts`. */
  readonly armSettleMs: number;
  /** How many steps listings had to fall back on this server; see `list.ts`. */
  listFallback: number;
  /** One request; resolves when its status is SUCCESS or one of `accept`, else throws. */
  request(
    request: OutgoingRequest,
    options?: RequestOptions & { accept?: readonly number[]; path?: string },
  ): Promise<SmbMessage>;
  /** Several requests as one related compound; resolves with all answers, whatever status. */
  exchange(requests: readonly OutgoingRequest[], options?: RequestOptions): Promise<SmbMessage[]>;
  /** The same with a callback. */
  submit(requests: readonly OutgoingRequest[], options: RequestOptions, outcome: Outcome): void;
}

/** What streams need of their file. */
export interface FileContext {
  readonly tree: TreeContext;
  readonly path: string;
  readonly fileId: Buffer;
  /** Bytes, as of the open. */
  readonly size: number;
  /** The most bytes for one READ or WRITE now. */
  readonly chunkBytes: number;
  /** One READ: the bytes as they came, maybe fewer than asked; none at the end of the file. */
  readOnce(
    range: { offset: number; length: number },
    options?: { signal?: AbortSignal | undefined },
  ): Promise<Buffer>;
}

import type { Server } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { Authenticator } from '../../http/authentication.ts';
import type { DoorLimits } from '../../http/limits.ts';

export type { Authenticator, Principal } from '../../http/authentication.ts';

// Apart from what it takes to attach: those who use the library need no types of Koa.

/** A server of a host, with listeners of its own or none. */
export type HostServer = Server | SecureServer;

export interface AttachOptions {
  /** Where the doors stand on the server, such as `/tidewatch`; default: at its root. */
  readonly basePath?: string;
  /**
   * Who may come in: the one token that counts, or the host's own accounts. Default: the token of
   * `TIDEWATCH_TOKEN`, else one made for this run.
   */
  readonly authentication?: { readonly token: string } | Authenticator;
  /** Origins whose pages may open WebSockets, besides that of the server itself. */
  readonly allowedOrigins?: readonly string[];
  readonly metricsPublic?: boolean;
  readonly limits?: Partial<DoorLimits>;
}

export interface Attachment {
  /** The token that counts, where it was made for this run. */
  readonly token?: string;
  /** Takes the doors away again, closing every WebSocket with 1001. */
  detach(): Promise<void>;
}

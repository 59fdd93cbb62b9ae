import type { Detail, Recursion, ResumePoint } from '../app/index.ts';

/** What a client may name a request with; it stands in every answer to it. */
export type RequestId = string | number;

export interface SubscribeMessage {
  readonly action: 'subscribe';
  readonly connection_id: string;
  readonly path: string;
  readonly recursive: Recursion;
  readonly detail: Detail;
  readonly resume?: ResumePoint;
  readonly request_id?: RequestId;
}

export interface UnsubscribeMessage {
  readonly action: 'unsubscribe';
  readonly connection_id: string;
  readonly path: string;
  readonly request_id?: RequestId;
}

export interface RefreshMessage {
  readonly action: 'refresh';
  readonly connection_id: string;
  readonly path: string;
  readonly request_id?: RequestId;
}

export interface PingMessage {
  readonly action: 'ping';
  readonly request_id?: RequestId;
}

export interface AuthenticateMessage {
  readonly action: 'authenticate';
  readonly token: string;
  readonly request_id?: RequestId;
}

/** What could not be read, with what could be read of it, so that the answer finds its request. */
export interface InvalidMessage {
  readonly action: 'invalid';
  readonly message: string;
  readonly connection_id?: string;
  readonly path?: string;
  readonly request_id?: RequestId;
}

export type ClientMessage =
  | SubscribeMessage
  | UnsubscribeMessage
  | RefreshMessage
  | PingMessage
  | AuthenticateMessage
  | InvalidMessage;

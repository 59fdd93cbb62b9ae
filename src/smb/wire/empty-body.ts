import { Reader } from './reader.ts';

const SIZE = 4;

/**
 * The body without content: ECHO, LOGOFF and TREE_DISCONNECT both ways, CANCEL, the response of
 * FLUSH (MS-SMB2 2.2.7, 2.2.11, 2.2.18, 2.2.28, 2.2.30).
 */
export function encodeEmptyBody(): Buffer {
  const body = Buffer.alloc(SIZE);
  body.writeUInt16LE(SIZE, 0);
  return body;
}

/** Checks that `message` has such a body. */
export function decodeEmptyBody(message: Buffer): void {
  new Reader(message, 'message without content').structure(SIZE);
}

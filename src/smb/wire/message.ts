import { encodeHeader, HEADER_SIZE } from './header.ts';
import type { Header } from './header.ts';

/**
 * A whole message: header and body in one buffer. What `header` leaves out is 0. The sending side
 * of the client keeps header and body apart; this is for whoever wants one piece.
 */
export function encodeMessage(
  header: Partial<Header> & Pick<Header, 'command'>,
  body: Buffer,
): Buffer {
  const message = Buffer.allocUnsafe(HEADER_SIZE + body.length);
  encodeHeader(
    {
      creditCharge: 0,
      status: 0,
      credits: 0,
      flags: 0,
      nextCommand: 0,
      messageId: 0,
      treeId: 0,
      asyncId: 0n,
      sessionId: 0n,
      ...header,
    },
    message,
  );
  body.copy(message, HEADER_SIZE);
  return message;
}

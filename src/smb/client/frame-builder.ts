import { framePrefix } from '../net/frame-reader.ts';
import { encodeHeader, HEADER_SIZE, HeaderFlag, SIGNATURE_OFFSET } from '../wire/header.ts';
import type { Header } from '../wire/header.ts';
import { Command } from '../wire/header.ts';
import type { SessionSecurity } from './session-security.ts';

export interface MessageDraft {
  readonly header: Header;
  readonly body: Buffer;
  /** Bytes behind the body that are sent as they lie; only for a message on its own. */
  readonly data: readonly Buffer[];
}

export interface BuiltFrame {
  /** What goes to the transport, frame prefix included. */
  readonly parts: Buffer[];
  /** The plain messages as sent, for the preauthentication hash. */
  readonly messages: Buffer[];
}

const PREFIX = 4;
const align8 = (size: number): number => (size + 7) & ~7;

/**
 * Puts messages into one frame: chained when several (MS-SMB2 3.2.4.1.4), each signed over itself
 * with its padding, or the whole chain encrypted once.
 */
export function buildFrame(
  drafts: readonly MessageDraft[],
  security: SessionSecurity | undefined,
  seal: boolean,
): BuiltFrame {
  const last = drafts.length - 1;
  const sizes = drafts.map(({ body }, index) => {
    const size = HEADER_SIZE + body.length;
    return index === last ? size : align8(size);
  });
  const frame = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + size, PREFIX));
  const signer = seal ? undefined : security?.signer;
  const messages: Buffer[] = [];
  let at = PREFIX;
  for (const [index, { header, body, data }] of drafts.entries()) {
    const size = sizes[index]!;
    const message = frame.subarray(at, at + size);
    header.nextCommand = index === last ? 0 : size;
    if (signer !== undefined) header.flags |= HeaderFlag.SIGNED;
    encodeHeader(header, message);
    body.copy(message, HEADER_SIZE);
    message.fill(0, HEADER_SIZE + body.length);
    if (signer !== undefined) {
      const cancel = header.command === Command.CANCEL;
      const flags = { response: false, cancel };
      signer.sign([message, ...data], header.messageId, flags).copy(message, SIGNATURE_OFFSET);
    }
    messages.push(message);
    at += size;
  }
  const data = drafts[last]?.data ?? [];
  const plain = [frame.subarray(PREFIX), ...data];
  const sealer = seal ? security?.sealer : undefined;
  if (sealer !== undefined && security !== undefined) {
    const sealed = sealer.seal(plain, security.sessionId);
    return { parts: [framePrefix(sealed), ...sealed], messages };
  }
  framePrefix(plain).copy(frame);
  return { parts: [frame, ...data], messages };
}

import { gather, withHead } from '../net/byte-parts.ts';
import { SmbError } from '../smb-error.ts';
import { HEADER_SIZE, splitCompound } from '../wire/header.ts';
import { protocolOf } from '../wire/protocol-id.ts';
import { decodeTransformHeader, TRANSFORM_SIZE } from '../wire/transform.ts';
import type { SessionSecurity } from './session-security.ts';

export interface OpenedFrame {
  /** Each message in parts; the first part holds at least the header. */
  readonly messages: Buffer[][];
  /** The session whose key decrypted it; undefined when it came in the clear. */
  readonly sealedBy: SessionSecurity | undefined;
}

/** Header plus the fixed part of a READ response: enough to find where the data lies. */
const HEAD_SIZE = HEADER_SIZE + 16;

/**
 * Decrypts a frame where needed and cuts it into its messages. Throws `protocol_error` or
 * `decryption_failed`; both end the connection (MS-SMB2 3.2.5.1.1).
 */
export function openFrame(
  frame: Buffer[],
  sessionOf: (sessionId: bigint) => SessionSecurity | undefined,
): OpenedFrame {
  const sealed = withHead(frame, TRANSFORM_SIZE);
  const kind = protocolOf(sealed[0] ?? Buffer.alloc(0));
  if (kind === 'smb2') return { messages: splitMessages(frame), sealedBy: undefined };
  if (kind === 'smb1') {
    throw new SmbError('unsupported', 'The server answered in SMB 1');
  }
  if (kind !== 'transform') {
    throw new SmbError('protocol_error', `The server sent a frame of kind ${kind}`);
  }
  const { sessionId } = decodeTransformHeader(sealed[0]!);
  const session = sessionOf(sessionId);
  if (session?.sealer === undefined) {
    throw new SmbError('protocol_error', 'The server encrypted for a session that has no key');
  }
  const plain = session.sealer.open(sealed);
  if (protocolOf(withHead(plain, HEADER_SIZE)[0] ?? Buffer.alloc(0)) !== 'smb2') {
    throw new SmbError('protocol_error', 'An encrypted frame holds something other than SMB 2');
  }
  return { messages: splitMessages(plain), sealedBy: session };
}

/** A message that fills its frame stays in the parts it came in; chains are rare and small. */
function splitMessages(frame: Buffer[]): Buffer[][] {
  const parts = withHead(frame, HEAD_SIZE);
  const head = parts[0]!;
  const chained = head.length < HEADER_SIZE || head.readUInt32LE(20) !== 0;
  if (parts.length > 1 && !chained) return [parts];
  return splitCompound(gather(parts)).map((message) => [message]);
}

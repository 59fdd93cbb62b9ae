import { gather } from '../net/byte-parts.ts';
import { SmbError } from '../smb-error.ts';
import { splitCompound } from '../wire/header.ts';
import { protocolOf } from '../wire/protocol-id.ts';
import { decodeTransformHeader } from '../wire/transform.ts';
import type { SessionSecurity } from './session-security.ts';

export interface OpenedFrame {
  /** The messages: views of the frame, or of its plain text. */
  readonly messages: Buffer[];
  /** The session whose key decrypted it; undefined when it came in the clear. */
  readonly sealedBy: SessionSecurity | undefined;
}

/**
 * Decrypts a frame where needed and cuts it into its messages. Throws `protocol_error` or
 * `decryption_failed`; both end the connection (MS-SMB2 3.2.5.1.1).
 */
export function openFrame(
  frame: Buffer,
  sessionOf: (sessionId: bigint) => SessionSecurity | undefined,
): OpenedFrame {
  const kind = protocolOf(frame);
  if (kind === 'smb2') return { messages: splitCompound(frame), sealedBy: undefined };
  if (kind === 'smb1') {
    throw new SmbError('unsupported', 'The server answered in SMB 1');
  }
  if (kind !== 'transform') {
    throw new SmbError('protocol_error', `The server sent a frame of kind ${kind}`);
  }
  const { sessionId } = decodeTransformHeader(frame);
  const session = sessionOf(sessionId);
  if (session?.sealer === undefined) {
    throw new SmbError('protocol_error', 'The server encrypted for a session that has no key');
  }
  const plain = gather(session.sealer.open([frame]));
  if (protocolOf(plain) !== 'smb2') {
    throw new SmbError('protocol_error', 'An encrypted frame holds something other than SMB 2');
  }
  return { messages: splitCompound(plain), sealedBy: session };
}

import { verifySignature } from '../crypto/signing.ts';
import { SmbError } from '../smb-error.ts';
import { Status } from '../status.ts';
import { commandName, HeaderFlag } from '../wire/header.ts';
import type { Header } from '../wire/header.ts';
import type { Element } from './exchange.ts';
import type { Protection } from './request.ts';
import type { SessionSecurity } from './session-security.ts';
import { mayComeUnprotected } from './unprotected-answers.ts';

/** Signatures of the server never cover a CANCEL: that has no answer. */
export const FROM_SERVER = { response: true, cancel: false } as const;

/**
 * Proves that an answer comes from the holder of the session's key (MS-SMB2 3.2.5.1.3). Throws
 * `signature_invalid`, upon which the connection has to end.
 *
 * @param sealed the request went out encrypted, so its answer has to come encrypted
 * @param sealedBy the session whose key opened the frame, if one did
 */
export function verifyAnswer(
  element: Element,
  header: Header,
  bytes: Buffer,
  sealed: boolean,
  sealedBy: SessionSecurity | undefined,
): Protection {
  const { session, unverified } = element.exchange.options;
  const signed = (header.flags & HeaderFlag.SIGNED) !== 0;
  if (sealedBy !== undefined) {
    if (sealedBy === session) return 'sealed';
    throw new SmbError('signature_invalid', 'An answer was encrypted for another session');
  }
  const signer = session?.signer;
  const proved =
    signer !== undefined &&
    signed &&
    header.status !== Status.PENDING &&
    verifySignature(signer, [bytes], header.messageId, FROM_SERVER);
  if (proved && !sealed) return 'signed';
  if (unverified === true || (!sealed && signer === undefined)) return proved ? 'signed' : 'none';
  if (mayComeUnprotected(header, bytes, element.signature, sealed)) return 'none';
  const how = sealed
    ? 'in the clear on an encrypted session'
    : signed
      ? 'with a wrong signature'
      : 'unsigned';
  throw new SmbError(
    'signature_invalid',
    `The answer to ${commandName(element.command)} came ${how}`,
  );
}

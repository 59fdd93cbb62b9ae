import { Command, SIGNATURE_OFFSET } from '../wire/header.ts';
import type { Header } from '../wire/header.ts';
import { Status } from '../status.ts';

/**
 * Whether an answer may come unsigned, or in the clear on an encrypted session. Servers make a few
 * errors before they look at keys; they are taken for what they are, errors, and nothing else may
 * come unprotected (MS-SMB2 3.2.5.1.3; the list is the one that Samba's client keeps).
 *
 * @param head the header bytes of the answer
 * @param requestSignature what we had put into the request; some servers echo it
 */
export function mayComeUnprotected(
  header: Header,
  head: Buffer,
  requestSignature: Buffer | undefined,
  sealed: boolean,
): boolean {
  const { status, command } = header;
  // Interims are never signed, but encrypted like everything else (MS-SMB2 3.3.4.1.4): in the clear
  // one could be forged to make a watch believe that it is armed.
  if (status === Status.PENDING) return !sealed;
  if (status === Status.USER_SESSION_DELETED) return true;
  if (command === Command.SESSION_SETUP) {
    return (
      status === Status.ACCESS_DENIED ||
      status === Status.NOT_SUPPORTED ||
      status === Status.REQUEST_OUT_OF_SEQUENCE
    );
  }
  if (sealed) return status === Status.INVALID_PARAMETER;
  if (
    status !== Status.NETWORK_NAME_DELETED &&
    status !== Status.FILE_CLOSED &&
    status !== Status.INVALID_PARAMETER
  ) {
    return false;
  }
  const signature = head.subarray(SIGNATURE_OFFSET, SIGNATURE_OFFSET + 16);
  return (
    signature.every((byte) => byte === 0) ||
    (requestSignature !== undefined && signature.equals(requestSignature))
  );
}

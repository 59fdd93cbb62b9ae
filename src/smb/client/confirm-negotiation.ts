import { SmbError } from '../smb-error.ts';
import { Status } from '../status.ts';
import { Command } from '../wire/header.ts';
import {
  decodeIoctlResponse,
  encodeIoctlRequest,
  FsctlCode,
  IOCTL_IS_FSCTL,
  NO_FILE_ID,
} from '../wire/ioctl.ts';
import { Dialect } from '../wire/negotiate.ts';
import {
  decodeValidateNegotiateResponse,
  encodeValidateNegotiateRequest,
  VALIDATE_NEGOTIATE_RESPONSE_SIZE,
} from '../wire/validate-negotiate.ts';
import type { Negotiated } from './negotiated.ts';
import type { SessionContext, TreeContext } from './contexts.ts';

/** Old servers do not know the question; that they say so under signature is proof enough. */
const UNKNOWN_TO_SERVER: readonly number[] = [
  Status.FILE_CLOSED,
  Status.INVALID_DEVICE_REQUEST,
  Status.NOT_SUPPORTED,
];

/**
 * Asks the server, under signature, what was negotiated in the clear (MS-SMB2 3.2.5.5), so that
 * nobody in the middle can talk the two down to an older dialect, or 3.0 out of its encryption. Due
 * on 3.0 and 3.0.2, and on older ones when more was offered; 3.1.1 proves it by its keys. Guests
 * have no key to sign with.
 * Ends the connection and throws `downgrade_detected` when the answers differ.
 */
export async function confirmNegotiation(
  { mux, security }: SessionContext,
  tree: TreeContext,
): Promise<void> {
  const { negotiated } = mux;
  if (negotiated === undefined || security.signer === undefined) return;
  const { dialect, offered } = negotiated;
  if (dialect === Dialect.SMB311) return;
  if (dialect < Dialect.SMB300 && dialect === Math.max(...offered.dialects)) return;

  const body = encodeIoctlRequest({
    ctlCode: FsctlCode.VALIDATE_NEGOTIATE_INFO,
    fileId: NO_FILE_ID,
    input: encodeValidateNegotiateRequest({
      capabilities: offered.capabilities,
      clientGuid: offered.clientGuid,
      securityMode: offered.securityMode,
      dialects: offered.dialects,
    }),
    maxInputResponse: 0,
    maxOutputResponse: VALIDATE_NEGOTIATE_RESPONSE_SIZE,
    flags: IOCTL_IS_FSCTL,
  });
  const [answer] = await tree.exchange([{ command: Command.IOCTL, body }]);
  const { status, protection, bytes } = answer!;
  const isProved = protection !== 'none';
  if (isProved && UNKNOWN_TO_SERVER.includes(status)) return;
  if (isProved && status === Status.SUCCESS && confirms(bytes, negotiated)) return;
  const error = new SmbError(
    'downgrade_detected',
    `${mux.remote} does not confirm what was negotiated`,
    { status },
  );
  mux.fail(error);
  throw error;
}

function confirms(bytes: Buffer, negotiated: Negotiated): boolean {
  const told = decodeValidateNegotiateResponse(decodeIoctlResponse(bytes).output);
  return (
    told.capabilities === negotiated.serverCapabilities &&
    told.serverGuid.equals(negotiated.serverGuid) &&
    told.securityMode === negotiated.serverSecurityMode &&
    told.dialect === negotiated.dialect
  );
}

import { Status } from '../../src/smb/status.ts';
import { encodeErrorResponse } from '../../src/smb/wire/error-response.ts';
import type { Reply } from './protocol.ts';

export function success(body: Buffer): Reply {
  return { status: Status.SUCCESS, body };
}

/** An answer without anything but its status. */
export function failure(status: number, errorData?: Buffer): Reply {
  return { status, body: encodeErrorResponse(errorData === undefined ? {} : { errorData }) };
}

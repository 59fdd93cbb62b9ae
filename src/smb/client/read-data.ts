import { SmbError } from '../smb-error.ts';
import { Command } from '../wire/header.ts';
import { decodeReadResponse, encodeReadRequest } from '../wire/read.ts';
import type { OutgoingRequest, SmbMessage } from './request.ts';

/** READ of one range (MS-SMB2 2.2.19). Short answers are legal, hence no minimum. */
export function readRequest(
  fileId: Buffer,
  { offset, length }: { offset: number; length: number },
): OutgoingRequest {
  return {
    command: Command.READ,
    payloadBytes: length,
    body: encodeReadRequest({ length, offset, fileId, minimumCount: 0, remainingBytes: 0 }),
  };
}

/** The bytes of a READ answer: a view of the frame they came in, never copied. */
export function readData({ bytes }: SmbMessage): Buffer {
  const { dataOffset, dataLength } = decodeReadResponse(bytes);
  const end = dataOffset + dataLength;
  if (end > bytes.length) {
    throw new SmbError('protocol_error', 'An answer to READ is shorter than the data it announces');
  }
  return bytes.subarray(dataOffset, end);
}

import { BODY } from './layout.ts';
import { Reader } from './reader.ts';

const FIXED = 8;

/**
 * The body that QUERY_DIRECTORY, CHANGE_NOTIFY and QUERY_INFO answer with (MS-SMB2 2.2.34, 2.2.36,
 * 2.2.38): nothing but a buffer.
 */
export function encodeOutputBufferResponse(buffer: Buffer): Buffer {
  const body = Buffer.allocUnsafe(FIXED + buffer.length);
  body.writeUInt16LE(FIXED + 1, 0);
  body.writeUInt16LE(buffer.length === 0 ? 0 : BODY + FIXED, 2);
  body.writeUInt32LE(buffer.length, 4);
  buffer.copy(body, FIXED);
  return body;
}

/** A view of the buffer. It may be empty, for a notify that lost events or found none. */
export function decodeOutputBufferResponse(message: Buffer): Buffer {
  const reader = new Reader(message, 'response with an output buffer');
  reader.structure(FIXED + 1);
  return reader.variable(reader.u16(BODY + 2), reader.u32(BODY + 4), BODY + FIXED);
}

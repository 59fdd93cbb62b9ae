import { Reader } from './reader.ts';

/** Bytes of the header in front of an encrypted message (MS-SMB2 2.2.41). */
export const TRANSFORM_SIZE = 52;

const PROTOCOL_ID = 0x424d53fd;
const ASSOCIATED_FROM = 20;

export interface TransformHeader {
  /** The 16 bytes of the authentication tag. A view after decoding. */
  signature: Buffer;
  /** 16 bytes, of which GCM uses 12 and CCM 11. A view after decoding. */
  nonce: Buffer;
  /** Bytes of the message before encryption. */
  originalMessageSize: number;
  /** 1 = encrypted; no other value has a meaning. */
  flags: number;
  sessionId: bigint;
}

export function encodeTransformHeader(header: TransformHeader): Buffer {
  const bytes = Buffer.alloc(TRANSFORM_SIZE);
  bytes.writeUInt32LE(PROTOCOL_ID, 0);
  header.signature.copy(bytes, 4, 0, 16);
  header.nonce.copy(bytes, ASSOCIATED_FROM, 0, 16);
  bytes.writeUInt32LE(header.originalMessageSize, 36);
  bytes.writeUInt16LE(header.flags, 42);
  bytes.writeBigUInt64LE(header.sessionId, 44);
  return bytes;
}

/** `frame` may go on behind the header. `signature` and `nonce` are views of it. */
export function decodeTransformHeader(frame: Buffer): TransformHeader {
  const reader = new Reader(frame, 'encrypted message');
  reader.require(0, TRANSFORM_SIZE);
  if (reader.u32(0) !== PROTOCOL_ID) reader.fail('does not begin with a transform header');
  return {
    signature: reader.slice(4, 16),
    nonce: reader.slice(ASSOCIATED_FROM, 16),
    originalMessageSize: reader.u32(36),
    flags: reader.u16(42),
    sessionId: reader.u64(44),
  };
}

/** The bytes that are authenticated but not encrypted: 20 to 51 of the transform header, a view. */
export function associatedData(header: Buffer): Buffer {
  return new Reader(header, 'encrypted message').slice(
    ASSOCIATED_FROM,
    TRANSFORM_SIZE - ASSOCIATED_FROM,
  );
}

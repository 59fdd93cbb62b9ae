/** What a frame carries, told by its first four bytes (MS-SMB2 2.1). */
export type ProtocolKind = 'smb2' | 'transform' | 'compressed' | 'smb1' | 'unknown';

const SMB = 0x424d53;

/** The kind of a frame; `unknown` also when it has less than four bytes. */
export function protocolOf(frame: Buffer): ProtocolKind {
  if (frame.length < 4 || frame.readUIntLE(1, 3) !== SMB) return 'unknown';
  switch (frame[0]) {
    case 0xfe:
      return 'smb2';
    case 0xfd:
      return 'transform';
    case 0xfc:
      return 'compressed';
    case 0xff:
      return 'smb1';
    default:
      return 'unknown';
  }
}

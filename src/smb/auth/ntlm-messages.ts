import { fit16 } from '../wire/layout.ts';
import { Reader } from '../wire/reader.ts';

/** NTLMSSP negotiate flags that matter to us (MS-NLMP 2.2.2.5). */
export const NtlmFlag = {
  UNICODE: 0x1,
  REQUEST_TARGET: 0x4,
  SIGN: 0x10,
  NTLM: 0x200,
  ANONYMOUS: 0x800,
  ALWAYS_SIGN: 0x8000,
  EXTENDED_SESSION_SECURITY: 0x80000,
  TARGET_INFO: 0x800000,
  VERSION: 0x2000000,
  KEY_128: 0x20000000,
  KEY_EXCHANGE: 0x40000000,
  KEY_56: 0x80000000,
} as const;

/** Version of an operating system (MS-NLMP 2.2.2.10). For diagnostics only. */
export interface NtlmVersion {
  readonly major: number;
  readonly minor: number;
  readonly build: number;
  /** 15 for everything since Windows XP. */
  readonly revision: number;
}

/** NEGOTIATE_MESSAGE (MS-NLMP 2.2.1.1), names always empty. */
export interface NtlmNegotiate {
  readonly flags: number;
  readonly version: NtlmVersion | undefined;
}

/** CHALLENGE_MESSAGE (MS-NLMP 2.2.1.2). Buffers are views after decoding. */
export interface NtlmChallenge {
  readonly flags: number;
  readonly targetName: string;
  /** 8 bytes. */
  readonly serverChallenge: Buffer;
  /** AV_PAIR list; empty when the server sent none. */
  readonly targetInfo: Buffer;
  readonly version: NtlmVersion | undefined;
}

/** AUTHENTICATE_MESSAGE (MS-NLMP 2.2.1.3). Buffers are views after decoding. */
export interface NtlmAuthenticate {
  readonly flags: number;
  readonly lmResponse: Buffer;
  readonly ntResponse: Buffer;
  readonly domain: string;
  readonly user: string;
  readonly workstation: string;
  readonly encryptedSessionKey: Buffer;
  readonly version: NtlmVersion | undefined;
  /** 16 bytes; undefined in messages of old clients, which have no room for it. */
  readonly mic: Buffer | undefined;
}

const SIGNATURE = Buffer.from('NTLMSSP\0', 'latin1');
const Type = { NEGOTIATE: 1, CHALLENGE: 2, AUTHENTICATE: 3 } as const;

/** Where the MIC stands in an AUTHENTICATE_MESSAGE. */
export const MIC_OFFSET = 72;
const MIC_SIZE = 16;

export function encodeNegotiate(message: NtlmNegotiate): Buffer {
  const bytes = start(Type.NEGOTIATE, 40, message.flags, 12);
  // A domain and workstation of length 0 point to where the payload would be.
  bytes.writeUInt32LE(40, 20);
  bytes.writeUInt32LE(40, 28);
  writeVersion(bytes, 32, message);
  return bytes;
}

export function decodeNegotiate(bytes: Buffer): NtlmNegotiate {
  const reader = open(bytes, Type.NEGOTIATE);
  const flags = reader.u32(12);
  return { flags, version: readVersion(reader, 32, flags) };
}

export function encodeChallenge(message: NtlmChallenge): Buffer {
  const bytes = start(Type.CHALLENGE, 56, message.flags, 20);
  message.serverChallenge.copy(bytes, 24, 0, 8);
  writeVersion(bytes, 48, message);
  return withPayload(bytes, [
    [12, Buffer.from(message.targetName, 'utf16le')],
    [40, message.targetInfo],
  ]);
}

/**
 * Throws `protocol_error` for anything that is no CHALLENGE_MESSAGE. What the flags leave out is
 * not looked for: older servers send a shorter message.
 */
export function decodeChallenge(bytes: Buffer): NtlmChallenge {
  const reader = open(bytes, Type.CHALLENGE);
  const flags = reader.u32(20);
  const name = field(reader, 12);
  return {
    flags,
    targetName: flags & NtlmFlag.UNICODE ? text(name) : name.toString('latin1'),
    serverChallenge: reader.slice(24, 8),
    targetInfo: flags & NtlmFlag.TARGET_INFO ? field(reader, 40) : Buffer.alloc(0),
    version: readVersion(reader, 48, flags),
  };
}

/** Without a MIC the field is left zero, to be filled in at `MIC_OFFSET`. */
export function encodeAuthenticate(message: NtlmAuthenticate): Buffer {
  const bytes = start(Type.AUTHENTICATE, MIC_OFFSET + MIC_SIZE, message.flags, 60);
  writeVersion(bytes, 64, message);
  message.mic?.copy(bytes, MIC_OFFSET, 0, MIC_SIZE);
  return withPayload(bytes, [
    [28, Buffer.from(message.domain, 'utf16le')],
    [36, Buffer.from(message.user, 'utf16le')],
    [44, Buffer.from(message.workstation, 'utf16le')],
    [12, message.lmResponse],
    [20, message.ntResponse],
    [52, message.encryptedSessionKey],
  ]);
}

export function decodeAuthenticate(bytes: Buffer): NtlmAuthenticate {
  const reader = open(bytes, Type.AUTHENTICATE);
  const flags = reader.u32(60);
  const payload = Math.min(...[12, 20, 28, 36, 44, 52].map((at) => payloadStart(reader, at)));
  return {
    flags,
    lmResponse: field(reader, 12),
    ntResponse: field(reader, 20),
    domain: text(field(reader, 28)),
    user: text(field(reader, 36)),
    workstation: text(field(reader, 44)),
    encryptedSessionKey: field(reader, 52),
    version: readVersion(reader, 64, flags),
    mic: payload >= MIC_OFFSET + MIC_SIZE ? reader.slice(MIC_OFFSET, MIC_SIZE) : undefined,
  };
}

function start(type: number, size: number, flags: number, flagsAt: number): Buffer {
  const bytes = Buffer.alloc(size);
  SIGNATURE.copy(bytes);
  bytes.writeUInt32LE(type, 8);
  bytes.writeUInt32LE(flags >>> 0, flagsAt);
  return bytes;
}

function open(bytes: Buffer, type: number): Reader {
  const reader = new Reader(bytes, 'NTLM message');
  if (!reader.slice(0, SIGNATURE.length).equals(SIGNATURE)) reader.fail('has no NTLM signature');
  const found = reader.u32(8);
  if (found !== type) reader.fail(`is of type ${found} instead of ${type}`);
  return reader;
}

/** Appends the values and writes where they lie: {Len u16, MaxLen u16, Offset u32} each. */
function withPayload(header: Buffer, fields: readonly (readonly [number, Buffer])[]): Buffer {
  let offset = header.length;
  for (const [at, value] of fields) {
    header.writeUInt16LE(fit16(value.length, 'A part of the NTLM logon'), at);
    header.writeUInt16LE(value.length, at + 2);
    header.writeUInt32LE(offset, at + 4);
    offset += value.length;
  }
  return Buffer.concat([header, ...fields.map(([, value]) => value)]);
}

function field(reader: Reader, at: number): Buffer {
  const length = reader.u16(at);
  const offset = reader.u32(at + 4);
  return length === 0 ? Buffer.alloc(0) : reader.slice(offset, length);
}

/** Where the value of a field begins; the end of the message for an empty one. */
function payloadStart(reader: Reader, at: number): number {
  return reader.u16(at) === 0 ? reader.length : reader.u32(at + 4);
}

function text(bytes: Buffer): string {
  return new Reader(bytes, 'NTLM name').utf16(0, bytes.length);
}

function writeVersion(
  bytes: Buffer,
  at: number,
  message: { readonly flags: number; readonly version: NtlmVersion | undefined },
): void {
  const { version } = message;
  if (version === undefined || !(message.flags & NtlmFlag.VERSION)) return;
  bytes.writeUInt8(version.major, at);
  bytes.writeUInt8(version.minor, at + 1);
  bytes.writeUInt16LE(version.build, at + 2);
  bytes.writeUInt8(version.revision, at + 7);
}

function readVersion(reader: Reader, at: number, flags: number): NtlmVersion | undefined {
  if (!(flags & NtlmFlag.VERSION)) return undefined;
  return {
    major: reader.u8(at),
    minor: reader.u8(at + 1),
    build: reader.u16(at + 2),
    revision: reader.u8(at + 7),
  };
}

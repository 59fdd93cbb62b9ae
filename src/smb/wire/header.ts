import { Reader } from './reader.ts';

/** Bytes of the header that opens every message (MS-SMB2 2.2.1). */
export const HEADER_SIZE = 64;

/** Where the 16 bytes of the signature stand in the header. */
export const SIGNATURE_OFFSET = 48;

const PROTOCOL_ID = 0x424d53fe;

export const Command = {
  NEGOTIATE: 0,
  SESSION_SETUP: 1,
  LOGOFF: 2,
  TREE_CONNECT: 3,
  TREE_DISCONNECT: 4,
  CREATE: 5,
  CLOSE: 6,
  FLUSH: 7,
  READ: 8,
  WRITE: 9,
  LOCK: 10,
  IOCTL: 11,
  CANCEL: 12,
  ECHO: 13,
  QUERY_DIRECTORY: 14,
  CHANGE_NOTIFY: 15,
  QUERY_INFO: 16,
  SET_INFO: 17,
  OPLOCK_BREAK: 18,
} as const;

const COMMAND_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(Command).map(([name, value]) => [value, name]),
);

/** `CREATE` for 5; `command 77` for a number that is none. */
export function commandName(command: number): string {
  return COMMAND_NAMES.get(command) ?? `command ${command}`;
}

export const HeaderFlag = {
  RESPONSE: 0x1,
  ASYNC: 0x2,
  RELATED: 0x4,
  SIGNED: 0x8,
  DFS: 0x10000000,
  REPLAY: 0x20000000,
} as const;

export interface Header {
  creditCharge: number;
  /** NTSTATUS of a response; 0 in a request (there: ChannelSequence). */
  status: number;
  command: number;
  /** Credits asked for in a request, granted in a response. */
  credits: number;
  flags: number;
  /** Distance to the next message of a compound, 0 in the last. */
  nextCommand: number;
  /** -1 stands for all ones: a message that answers no request. */
  messageId: number;
  /** 0 when `flags` has ASYNC: such a header carries no tree. */
  treeId: number;
  /** 0n when `flags` has no ASYNC. */
  asyncId: bigint;
  sessionId: bigint;
}

/** Writes the 64 bytes of a header at `at`, the signature zeroed. */
export function encodeHeader(header: Header, into: Buffer, at = 0): void {
  into.writeUInt32LE(PROTOCOL_ID, at);
  into.writeUInt16LE(HEADER_SIZE, at + 4);
  into.writeUInt16LE(header.creditCharge, at + 6);
  into.writeUInt32LE(header.status, at + 8);
  into.writeUInt16LE(header.command, at + 12);
  into.writeUInt16LE(header.credits, at + 14);
  into.writeUInt32LE(header.flags >>> 0, at + 16);
  into.writeUInt32LE(header.nextCommand, at + 20);
  if (header.messageId === -1) {
    into.fill(0xff, at + 24, at + 32);
  } else {
    into.writeUInt32LE(header.messageId % 0x100000000, at + 24);
    into.writeUInt32LE(Math.floor(header.messageId / 0x100000000), at + 28);
  }
  if ((header.flags & HeaderFlag.ASYNC) !== 0) {
    into.writeBigUInt64LE(header.asyncId, at + 32);
  } else {
    into.writeUInt32LE(0, at + 32);
    into.writeUInt32LE(header.treeId, at + 36);
  }
  into.writeBigUInt64LE(header.sessionId, at + 40);
  into.fill(0, at + SIGNATURE_OFFSET, at + HEADER_SIZE);
}

/** Reads the header of a message. Throws `protocol_error` for anything that is not SMB 2 or 3. */
export function decodeHeader(message: Buffer): Header {
  if (message.length < HEADER_SIZE) {
    new Reader(message, 'message').fail(`has ${message.length} bytes, less than a header`);
  }
  if (message.readUInt32LE(0) !== PROTOCOL_ID || message.readUInt16LE(4) !== HEADER_SIZE) {
    new Reader(message, 'message').fail('does not begin with an SMB 2 header');
  }
  const flags = message.readUInt32LE(16);
  const async = (flags & HeaderFlag.ASYNC) !== 0;
  return {
    creditCharge: message.readUInt16LE(6),
    status: message.readUInt32LE(8),
    command: message.readUInt16LE(12),
    credits: message.readUInt16LE(14),
    flags,
    nextCommand: message.readUInt32LE(20),
    messageId: decodeMessageId(message),
    treeId: async ? 0 : message.readUInt32LE(36),
    asyncId: async ? message.readBigUInt64LE(32) : 0n,
    sessionId: message.readBigUInt64LE(40),
  };
}

function decodeMessageId(message: Buffer): number {
  const low = message.readUInt32LE(24);
  const high = message.readUInt32LE(28);
  if (low === 0xffffffff && high === 0xffffffff) return -1;
  if (high > 0x1fffff) new Reader(message, 'message').fail('has a MessageId beyond 2^53');
  return high * 0x100000000 + low;
}

/**
 * The messages of a frame, one after the other, as views. A NextCommand that is no multiple of 8,
 * does not get past a header or leads outside throws `protocol_error` (MS-SMB2 3.2.5.1.9).
 */
export function splitCompound(frame: Buffer): Buffer[] {
  const reader = new Reader(frame, 'frame');
  const messages: Buffer[] = [];
  for (let at = 0; ;) {
    reader.require(at, HEADER_SIZE);
    const next = frame.readUInt32LE(at + 20);
    if (next === 0) {
      messages.push(at === 0 ? frame : frame.subarray(at));
      return messages;
    }
    if (next % 8 !== 0 || next < HEADER_SIZE) reader.fail(`NextCommand ${next} at ${at}`);
    reader.require(at, next);
    messages.push(frame.subarray(at, at + next));
    at += next;
  }
}

import { BODY, writeFileId } from './layout.ts';
import { Reader } from './reader.ts';

const OPLOCK_SIZE = 24;
const LEASE_SIZE = 44;
const LEASE_ACK_SIZE = 36;
const KEY_SIZE = 16;

/**
 * A server takes back what it had granted (MS-SMB2 2.2.23). It comes without request, with
 * MessageId -1. A client that asks for neither oplocks nor leases never gets one.
 */
export type OplockBreak =
  | { kind: 'oplock'; oplockLevel: number; fileId: Buffer }
  | {
      kind: 'lease';
      newEpoch: number;
      /** 1 = the server waits for an acknowledgment. */
      flags: number;
      /** 16 bytes; a view after decoding. */
      leaseKey: Buffer;
      currentState: number;
      newState: number;
    };

/** What a server sends; of an oplock also what the client acknowledges with (MS-SMB2 2.2.24.1). */
export function encodeOplockBreak(notification: OplockBreak): Buffer {
  if (notification.kind === 'oplock') {
    const body = Buffer.alloc(OPLOCK_SIZE);
    body.writeUInt16LE(OPLOCK_SIZE, 0);
    body.writeUInt8(notification.oplockLevel, 2);
    writeFileId(body, notification.fileId, 8);
    return body;
  }
  const body = Buffer.alloc(LEASE_SIZE);
  body.writeUInt16LE(LEASE_SIZE, 0);
  body.writeUInt16LE(notification.newEpoch, 2);
  body.writeUInt32LE(notification.flags, 4);
  notification.leaseKey.copy(body, 8, 0, KEY_SIZE);
  body.writeUInt32LE(notification.currentState, 24);
  body.writeUInt32LE(notification.newState, 28);
  return body;
}

export function decodeOplockBreak(message: Buffer): OplockBreak {
  const reader = new Reader(message, 'OPLOCK_BREAK');
  if (reader.u16(BODY) === OPLOCK_SIZE) {
    reader.structure(OPLOCK_SIZE);
    return {
      kind: 'oplock',
      oplockLevel: reader.u8(BODY + 2),
      fileId: reader.fileId(BODY + 8),
    };
  }
  reader.structure(LEASE_SIZE);
  return {
    kind: 'lease',
    newEpoch: reader.u16(BODY + 2),
    flags: reader.u32(BODY + 4),
    leaseKey: reader.slice(BODY + 8, KEY_SIZE),
    currentState: reader.u32(BODY + 24),
    newState: reader.u32(BODY + 28),
  };
}

/** Acknowledges the loss of a lease (MS-SMB2 2.2.24.2). */
export interface LeaseBreakAcknowledgment {
  /** 16 bytes; a view after decoding. */
  leaseKey: Buffer;
  leaseState: number;
}

export function encodeLeaseBreakAcknowledgment(ack: LeaseBreakAcknowledgment): Buffer {
  const body = Buffer.alloc(LEASE_ACK_SIZE);
  body.writeUInt16LE(LEASE_ACK_SIZE, 0);
  ack.leaseKey.copy(body, 8, 0, KEY_SIZE);
  body.writeUInt32LE(ack.leaseState, 24);
  return body;
}

export function decodeLeaseBreakAcknowledgment(message: Buffer): LeaseBreakAcknowledgment {
  const reader = new Reader(message, 'lease break acknowledgment');
  reader.structure(LEASE_ACK_SIZE);
  return { leaseKey: reader.slice(BODY + 8, KEY_SIZE), leaseState: reader.u32(BODY + 24) };
}

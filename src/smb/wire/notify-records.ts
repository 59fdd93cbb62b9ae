import { Reader } from './reader.ts';

/** What happened to a name (MS-FSCC 2.7.1). */
export const NotifyAction = {
  ADDED: 1,
  REMOVED: 2,
  MODIFIED: 3,
  RENAMED_OLD_NAME: 4,
  RENAMED_NEW_NAME: 5,
  ADDED_STREAM: 6,
  REMOVED_STREAM: 7,
  MODIFIED_STREAM: 8,
  REMOVED_BY_DELETE: 9,
  ID_NOT_TUNNELLED: 10,
  TUNNELLED_ID_COLLISION: 11,
} as const;

export interface NotifyRecord {
  /** One of `NotifyAction`, or a number that no document names. */
  action: number;
  /**
   * Relative to the watched directory, `\` between the parts as sent. '' is the watched directory
   * itself: Samba reports its own attributes that way.
   */
  name: string;
}

const FIXED = 12;

/**
 * The records of a CHANGE_NOTIFY answer; none for an empty buffer. Refused with `protocol_error`,
 * as MS-SMB2 3.2.5.16 asks: a record that does not fit, a NextEntryOffset that is no multiple of 4
 * or leads back, a name of odd length, a name that begins with a separator, climbs out by `..` or,
 * when the watch is not recursive, has a separator at all.
 */
export function decodeNotifyRecords(
  buffer: Buffer,
  { recursive }: { recursive: boolean },
): NotifyRecord[] {
  const reader = new Reader(buffer, 'change notification');
  const records: NotifyRecord[] = [];
  if (buffer.length === 0) return records;
  for (let at = 0; ;) {
    reader.require(at, FIXED);
    const next = buffer.readUInt32LE(at);
    const nameLength = buffer.readUInt32LE(at + 8);
    if (next % 4 !== 0 || (next !== 0 && next < FIXED + nameLength)) {
      reader.fail(`the record at ${at} is followed by one at ${next} from it`);
    }
    const name = reader.utf16(at + FIXED, nameLength);
    checkName(reader, name, recursive);
    records.push({ action: buffer.readUInt32LE(at + 4), name });
    if (next === 0) return records;
    at += next;
  }
}

const SEPARATOR = /[\\/]/;
const CLIMBS = /(?:^|[\\/])\.\.(?:$|[\\/])/;

function checkName(reader: Reader, name: string, recursive: boolean): void {
  if (name.includes('\0')) reader.fail('a name holds a NUL');
  if (name === '..') reader.fail('a name climbs out of the watched directory');
  if (!SEPARATOR.test(name)) return;
  if (!recursive) reader.fail('a name below a subdirectory that nobody watches');
  if (name.startsWith('\\') || name.startsWith('/')) reader.fail('a name begins with a separator');
  if (CLIMBS.test(name)) reader.fail('a name climbs out of the watched directory');
}

/** The buffer a server would answer with; records 4-aligned, the last one unpadded. */
export function encodeNotifyRecords(records: readonly NotifyRecord[]): Buffer {
  let size = 0;
  for (const { name } of records) size = align4(size) + FIXED + name.length * 2;
  const buffer = Buffer.alloc(size);
  let at = 0;
  for (const [i, { action, name }] of records.entries()) {
    const length = align4(FIXED + name.length * 2);
    buffer.writeUInt32LE(i === records.length - 1 ? 0 : length, at);
    buffer.writeUInt32LE(action, at + 4);
    buffer.writeUInt32LE(name.length * 2, at + 8);
    buffer.write(name, at + FIXED, 'utf16le');
    at += length;
  }
  return buffer;
}

function align4(n: number): number {
  return Math.ceil(n / 4) * 4;
}

import { SMB_DEFAULTS } from '../defaults.ts';
import { SmbError } from '../smb-error.ts';
import { errorForStatus, Status } from '../status.ts';
import { Access, CreateOption } from '../wire/create.ts';
import type { CreateResponse } from '../wire/create.ts';
import { filetimeToMs } from '../wire/filetime.ts';
import { assertWhole } from './arguments.ts';
import { SmbFile } from './file.ts';
import { withCompoundOpen } from './opens.ts';
import { readData, readRequest } from './read-data.ts';
import type { TreeContext } from './contexts.ts';
import type { OutgoingRequest } from './request.ts';

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

export interface RangesResult {
  /** Of the file, as the open told it. */
  readonly size: number;
  readonly modifiedAt: number;
  /** The bytes of each range, in order and of full length. */
  readonly ranges: Buffer[];
}

/** All answers may come in one frame, whose length has 24 bits. */
const MOST_BYTES = 0x800000;

/**
 * Reads ranges of one file in a single round trip: CREATE, a READ each, CLOSE; in several where
 * they are more than the credits pay for at once. With `expectedSize` (from a listing) a file of any
 * other size fails with `changed_while_reading`, as does one that ends within a range.
 */
export async function readRanges(
  tree: TreeContext,
  path: string,
  ranges: readonly ByteRange[],
  options: { expectedSize?: number; signal?: AbortSignal | undefined } = {},
): Promise<RangesResult> {
  for (const { offset, length } of ranges) {
    assertWhole('The offset of a range', offset);
    assertWhole('The length of a range', length, 1);
  }
  if (!fitsOneRoundTrip(tree, ranges)) return readOneByOne(tree, path, ranges, options);
  const readsOn = (fileId: Buffer): OutgoingRequest[] =>
    ranges.map((range) => readRequest(fileId, range));
  const parameters = {
    access: Access.READ_DATA | Access.READ_ATTRIBUTES,
    options: CreateOption.NON_DIRECTORY_FILE | CreateOption.RANDOM_ACCESS,
  };
  const { signal, expectedSize } = options;
  const { opened, answers } = await withCompoundOpen(tree, path, parameters, readsOn, {
    signal,
    lane: 'bulk',
  });
  const size = opened.endOfFile;
  assertSize(path, size, expectedSize);
  const read = answers.map((answer, index) => {
    const { length } = ranges[index]!;
    if (answer.status === Status.END_OF_FILE) throw changed(path, 'ended before the range did');
    if (answer.status !== Status.SUCCESS) throw errorForStatus(answer.status, 'READ', path);
    const bytes = readData(answer);
    if (bytes.length < length) throw changed(path, 'gave fewer bytes than the range has');
    if (bytes.length > length) {
      throw new SmbError('protocol_error', 'An answer to READ holds more than was asked for');
    }
    return bytes;
  });
  return { size, modifiedAt: modifiedAt(opened), ranges: read };
}

function fitsOneRoundTrip({ mux }: TreeContext, ranges: readonly ByteRange[]): boolean {
  const { bytesPerCredit } = SMB_DEFAULTS;
  // One credit each for CREATE and CLOSE.
  let credits = 2;
  for (const { length } of ranges) {
    if (length > mux.maxRead) return false;
    credits += Math.ceil(length / bytesPerCredit);
  }
  const bytes = credits * bytesPerCredit;
  return bytes <= MOST_BYTES && mux.affordableBytes(bytes) === bytes;
}

async function readOneByOne(
  tree: TreeContext,
  path: string,
  ranges: readonly ByteRange[],
  { expectedSize, signal }: { expectedSize?: number; signal?: AbortSignal | undefined },
): Promise<RangesResult> {
  await using file = await SmbFile.open(tree, path, { signal });
  const { entry } = file;
  assertSize(path, entry.size, expectedSize);
  const read: Buffer[] = [];
  for (const { offset, length } of ranges) {
    const bytes = await file.read(offset, length, { signal });
    if (bytes.length < length) throw changed(path, 'ended before the range did');
    read.push(bytes);
  }
  return { size: entry.size, modifiedAt: entry.modifiedAt, ranges: read };
}

function assertSize(path: string, size: number, expected: number | undefined): void {
  if (expected === undefined || size === expected) return;
  throw changed(path, `has ${size} bytes instead of ${expected}`);
}

function modifiedAt({ lastWriteTime }: CreateResponse): number {
  return filetimeToMs(lastWriteTime);
}

function changed(path: string, why: string): SmbError {
  return new SmbError('changed_while_reading', `${path} ${why}`, { path });
}

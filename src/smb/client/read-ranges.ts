import { SmbError } from '../smb-error.ts';
import { errorForStatus, Status } from '../status.ts';
import { Access, CreateOption } from '../wire/create.ts';
import type { CreateResponse } from '../wire/create.ts';
import { filetimeToMs } from '../wire/filetime.ts';
import { RELATED_FILE_ID, withCompoundOpen } from './opens.ts';
import { readData, readRequest } from './read-data.ts';
import type { TreeContext } from './contexts.ts';

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

/**
 * Reads ranges of one file in a single round trip: CREATE, a READ each, CLOSE. With `expectedSize`
 * (from a listing) a file of any other size fails with `changed_while_reading`, as does one that
 * ends within a range.
 */
export async function readRanges(
  tree: TreeContext,
  path: string,
  ranges: readonly ByteRange[],
  options: { expectedSize?: number; signal?: AbortSignal | undefined } = {},
): Promise<RangesResult> {
  for (const { offset, length } of ranges) {
    if (
      !(Number.isSafeInteger(offset) && offset >= 0 && length > 0 && length <= tree.mux.maxRead)
    ) {
      throw new SmbError('invalid_argument', `Cannot read ${length} bytes at ${offset} at once`);
    }
  }
  const requests = ranges.map((range) => readRequest(RELATED_FILE_ID, range));
  const parameters = {
    access: Access.READ_DATA | Access.READ_ATTRIBUTES,
    options: CreateOption.NON_DIRECTORY_FILE | CreateOption.RANDOM_ACCESS,
  };
  const { signal, expectedSize } = options;
  const { opened, answers } = await withCompoundOpen(tree, path, parameters, requests, {
    signal,
    lane: 'bulk',
  });
  const size = opened.endOfFile;
  if (expectedSize !== undefined && size !== expectedSize) {
    throw changed(path, `has ${size} bytes instead of ${expectedSize}`);
  }
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

function modifiedAt({ lastWriteTime }: CreateResponse): number {
  return filetimeToMs(lastWriteTime);
}

function changed(path: string, why: string): SmbError {
  return new SmbError('changed_while_reading', `${path} ${why}`, { path });
}

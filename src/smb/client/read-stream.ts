import { SMB_DEFAULTS } from '../defaults.ts';
import { SmbError } from '../smb-error.ts';
import { assertWhole } from './arguments.ts';
import { releaseMemory } from '../net/release-memory.ts';
import type { FileContext } from './contexts.ts';
import { Fifo } from './fifo.ts';

export interface ReadStreamOptions {
  /** First byte; default 0. */
  readonly start?: number;
  /** Byte after the last; default the size at the open. */
  readonly end?: number;
  /**
   * Free each buffer when the next one is asked for: far less work for whoever looks at the bytes
   * once. A buffer kept longer is found empty. Default false.
   */
  readonly recycle?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The bytes of a file in order, with several READs in flight. The reader sets the pace: what is not
 * taken is not asked for. The size is taken once, at the open; a file that ends earlier fails with
 * `changed_while_reading`, one that grows is read to its old end.
 */
export async function* readStream(
  file: FileContext,
  { start = 0, end = file.size, recycle = false, signal }: ReadStreamOptions,
): AsyncGenerator<Buffer, void, undefined> {
  assertWhole('The start of a stream', start);
  assertWhole('The end of a stream', end);
  const ahead = new Fifo<{ offset: number; length: number; data: Promise<Buffer> }>();
  let next = start;
  const fill = (): void => {
    while (next < end && ahead.length < SMB_DEFAULTS.transferDepth) {
      const range = { offset: next, length: Math.min(end - next, file.chunkBytes) };
      const data = file.readOnce(range, { signal });
      // Awaited in its turn, unless the reader leaves before: then its failure interests nobody.
      data.catch(() => undefined);
      ahead.push({ ...range, data });
      next += range.length;
    }
  };
  for (;;) {
    fill();
    if (ahead.length === 0) return;
    const { offset, length, data } = ahead.shift()!;
    let have = 0;
    for (let bytes = await data; ;) {
      if (bytes.length === 0) throw shrunk(file, offset + have);
      have += bytes.length;
      yield bytes;
      if (recycle) releaseMemory(bytes);
      if (have >= length) break;
      // A short answer is legal: ask for the rest before going on.
      bytes = await file.readOnce({ offset: offset + have, length: length - have }, { signal });
    }
  }
}

function shrunk({ path }: FileContext, at: number): SmbError {
  return new SmbError('changed_while_reading', `${path} ended at byte ${at} while being read`, {
    path,
  });
}

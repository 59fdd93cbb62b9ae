import { SMB_DEFAULTS } from '../defaults.ts';
import { SmbError } from '../smb-error.ts';
import { Command } from '../wire/header.ts';
import { decodeWriteResponse, encodeWriteRequest } from '../wire/write.ts';
import { assertWhole } from './arguments.ts';
import type { FileContext } from './contexts.ts';

/**
 * Writes a buffer, or all buffers of a source as they come, with several WRITEs in flight: the
 * source is asked for more only when there is room (MS-SMB2 2.2.21).
 */
export async function writeAll(
  file: FileContext,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  options: { offset?: number; signal?: AbortSignal | undefined },
): Promise<number> {
  const { offset: start = 0, signal } = options;
  assertWhole('The offset to write at', start);
  const source = content instanceof Uint8Array ? once(content) : content;
  const iterator = source[Symbol.asyncIterator]();
  const inFlight = new Set<Promise<void>>();
  let failure: Error | undefined;
  let interrupt: ((reason: Error) => void) | undefined;
  const fail = (reason: unknown): void => {
    failure ??= reason instanceof Error ? reason : new Error(String(reason));
    interrupt?.(failure);
  };
  /** A source may keep us waiting for ever: a failure does not wait for it. */
  const unlessFailed = <T>(event: Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      interrupt = reject;
      event.then(resolve, reject);
    });
  const onAbort = (): void => fail(new SmbError('aborted', 'The operation was aborted'));
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  let at = start;
  const send = (data: Buffer): void => {
    const write = writeOnce(file, data, at, signal)
      .catch(fail)
      .finally(() => inFlight.delete(write));
    inFlight.add(write);
    at += data.length;
  };
  try {
    while (failure === undefined) {
      const next = await unlessFailed(iterator.next());
      if (next.done === true) break;
      const { buffer, byteOffset, byteLength } = next.value;
      const data = Buffer.from(buffer, byteOffset, byteLength);
      for (let from = 0; from < data.length;) {
        while (inFlight.size >= SMB_DEFAULTS.transferDepth) {
          await unlessFailed(Promise.race(inFlight));
        }
        const piece = data.subarray(from, from + file.chunkBytes);
        send(piece);
        from += piece.length;
      }
    }
    await Promise.all(inFlight);
    if (failure !== undefined) throw failure;
    return at - start;
  } catch (error) {
    leave(iterator);
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    // Also when the source fails: no write may still be under way when this returns.
    await Promise.all(inFlight);
  }
}

async function* once(content: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield content;
}

/** Lets go of a source, without waiting for it. What it fails with now interests nobody. */
function leave(source: AsyncIterator<Uint8Array>): void {
  const leaving = async (): Promise<void> => {
    await source.return?.();
  };
  leaving().catch(() => undefined);
}

/** One piece; what the server did not take at once is sent again. */
async function writeOnce(
  file: FileContext,
  data: Buffer,
  offset: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let from = 0; from < data.length;) {
    const piece = data.subarray(from);
    const answer = await file.tree.request(
      {
        command: Command.WRITE,
        payloadBytes: piece.length,
        data: [piece],
        body: encodeWriteRequest({
          offset: offset + from,
          fileId: file.fileId,
          length: piece.length,
          flags: 0,
        }),
      },
      { lane: 'bulk', signal, path: file.path },
    );
    const { count } = decodeWriteResponse(answer.bytes);
    if (count === 0 || count > piece.length) {
      throw new SmbError('protocol_error', `The server wrote ${count} of ${piece.length} bytes`);
    }
    from += count;
  }
}

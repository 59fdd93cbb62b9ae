import { SMB_DEFAULTS } from '../defaults.ts';
import { SmbError } from '../smb-error.ts';
import { Command } from '../wire/header.ts';
import { decodeWriteResponse, encodeWriteRequest } from '../wire/write.ts';
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
  const start = options.offset ?? 0;
  const inFlight = new Set<Promise<void>>();
  let failure: Error | undefined;
  let at = start;
  const send = (data: Buffer, offset: number): void => {
    const write = writeOnce(file, data, offset, options.signal)
      .catch((error: unknown) => {
        failure ??= error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => inFlight.delete(write));
    inFlight.add(write);
  };
  const source = content instanceof Uint8Array ? [content] : content;
  try {
    for await (const bytes of source) {
      const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let from = 0; from < data.length && failure === undefined;) {
        while (inFlight.size >= SMB_DEFAULTS.transferDepth) await Promise.race(inFlight);
        const piece = data.subarray(from, from + file.chunkBytes);
        send(piece, at);
        from += piece.length;
        at += piece.length;
      }
      if (failure !== undefined) break;
    }
  } finally {
    // Also when the source fails: no write may still be under way when this returns.
    await Promise.all(inFlight);
  }
  if (failure !== undefined) throw failure;
  return at - start;
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

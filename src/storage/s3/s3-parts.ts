import { throwIfAborted, abortedError } from './s3-error.ts';

/** Parts of one file that services take, and how many are written before they grow. */
const PARTS_OF_ONE_SIZE = 2_000;

/** How large a part is: services take 10,000 of them, so that those of a long file have to grow. */
export function partSize(partBytes: number, number: number): number {
  return partBytes * 2 ** Math.floor((number - 1) / PARTS_OF_ONE_SIZE);
}

/**
 * Content in parts, all but the last of the size for their number. Memory for one part, besides what is
 * still in use. Who gives the content is told when it is over.
 */
export function inParts(
  content: Uint8Array | AsyncIterable<Uint8Array>,
  partBytes: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (content instanceof Uint8Array) return slices(content, partBytes);
  return gathered(endable(content, signal), partBytes);
}

async function* slices(
  content: Uint8Array,
  partBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let number = 1;
  for (let at = 0; at < content.length; number += 1) {
    const part = content.subarray(at, at + partSize(partBytes, number));
    at += part.length;
    // Nothing to wait for, but the same shape as of content that comes piece by piece.
    yield await Promise.resolve(part);
  }
}

/** Copies, since the memory of a piece is the giver's again as soon as the next one is asked for. */
async function* gathered(
  content: AsyncIterable<Uint8Array>,
  partBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let number = 1;
  let part = Buffer.allocUnsafeSlow(partSize(partBytes, number));
  let used = 0;
  for await (const piece of content) {
    for (let at = 0; at < piece.length;) {
      const taken = piece.subarray(at, at + part.length - used);
      part.set(taken, used);
      used += taken.length;
      at += taken.length;
      if (used < part.length) continue;
      yield part;
      number += 1;
      part = Buffer.allocUnsafeSlow(partSize(partBytes, number));
      used = 0;
    }
  }
  if (used > 0) yield part.subarray(0, used);
}

/** Ends when it is aborted, even if the next piece never comes. */
async function* endable(
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = content[Symbol.asyncIterator]();
  let isDone = false;
  let end = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    end = () => reject(abortedError(signal!));
    signal?.addEventListener('abort', end, { once: true });
  });
  aborted.catch(() => undefined);
  try {
    throwIfAborted(signal);
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted]);
      isDone = next.done === true;
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    signal?.removeEventListener('abort', end);
    // Not waited for: it may hang where it hung before.
    if (!isDone) void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

import type { IncomingMessage } from 'node:http';
import { TidewatchError } from '../errors/tidewatch-error.ts';

/**
 * The JSON that a request brings; undefined when it brings no body at all.
 *
 * @throws TidewatchError `unsupported_media_type`, `too_large`, `invalid_argument` for what is no JSON,
 * `aborted` when it never ended.
 */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const { headers } = request;
  const length = headers['content-length'];
  if (headers['transfer-encoding'] === undefined && (length === undefined || length === '0')) {
    return undefined;
  }
  checkType(headers);
  if (length !== undefined && Number(length) > maxBytes) throw tooLarge(maxBytes);
  const bytes = await readBytes(request, maxBytes);
  if (bytes.length === 0) return undefined;
  let text;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new TidewatchError('invalid_argument', 'the body is not UTF-8');
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // What the parser says repeats a part of the body, which may be a password.
    throw new TidewatchError('invalid_argument', 'the body is no JSON');
  }
}

/** JSON alone: a page elsewhere cannot send that without being asked for by a preflight. */
function checkType(headers: IncomingMessage['headers']): void {
  const type = /^\s*application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;
  if (!type.test(headers['content-type'] ?? '')) {
    throw new TidewatchError('unsupported_media_type', 'the body has to be application/json');
  }
  if ((headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') {
    throw new TidewatchError('unsupported_media_type', 'the body must not be compressed');
  }
}

function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const done = (): void => {
      request.off('data', onData).off('end', onEnd).off('error', onEnd).off('close', onEnd);
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= maxBytes) {
        chunks.push(chunk);
        return;
      }
      done();
      request.pause();
      reject(tooLarge(maxBytes));
    };
    const onEnd = (): void => {
      done();
      if (request.complete) resolve(Buffer.concat(chunks));
      else reject(new TidewatchError('aborted', 'the request ended before its body did'));
    };
    request.on('data', onData).on('end', onEnd).on('error', onEnd).on('close', onEnd);
  });
}

function tooLarge(maxBytes: number): TidewatchError {
  return new TidewatchError('too_large', `the body is longer than ${maxBytes} bytes`);
}

import type { Socket } from 'node:net';
import { DEFAULTS } from '../../defaults.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';

/**
 * The lines that arrive on a socket, as text, until the other side ends.
 *
 * @throws TidewatchError `too_large` for a line that is too long; what the socket throws.
 */
export async function* linesOf(socket: Socket): AsyncGenerator<string, void, undefined> {
  let rest = Buffer.alloc(0);
  // The socket stays: what is wrong with a line can still be answered.
  const chunks = socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const end = rest.indexOf('\n');
      if (end < 0) break;
      if (end > DEFAULTS.adminMessageBytes) throw tooLarge();
      yield rest.toString('utf8', 0, end);
      rest = rest.subarray(end + 1);
    }
    if (rest.byteLength > DEFAULTS.adminMessageBytes) throw tooLarge();
  }
}

function tooLarge(): TidewatchError {
  const message = `a message has ${DEFAULTS.adminMessageBytes} bytes at most`;
  return new TidewatchError('too_large', message);
}

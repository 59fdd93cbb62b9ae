import { connect } from 'node:net';
import type { Socket } from 'node:net';

export interface RawAnswer {
  /** Of the first answer; 0 when there was none. */
  readonly status: number;
  /** Everything that came. */
  readonly text: string;
}

/** A connection on which a test says what no client would. */
export function rawConnection(port: number): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  return socket;
}

/** Everything that comes until the other side ends the connection. */
export async function readAll(socket: Socket): Promise<RawAnswer> {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  await new Promise((resolve) => {
    socket.once('close', resolve);
  });
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text };
}

/** Sends lines as the head of a request, and whatever is to follow. */
export async function rawAnswer(
  port: number,
  head: readonly string[],
  rest: string | Buffer = '',
): Promise<RawAnswer> {
  const socket = rawConnection(port);
  const answer = readAll(socket);
  socket.write([...head, '', ''].join('\r\n'));
  if (rest.length > 0) socket.write(rest);
  return answer;
}

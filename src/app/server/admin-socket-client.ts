import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { DEFAULTS } from '../../defaults.ts';
import { ERROR_CODES } from '../../errors/codes.ts';
import type { ErrorCode } from '../../errors/codes.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { linesOf } from './admin-socket-lines.ts';
import { adminSocketPath, openSocketPath } from './admin-socket-path.ts';
import type { SocketPath } from './admin-socket-path.ts';

/** Nobody listens: no socket, or one that a killed server left. */
const NOBODY = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTDIR']);

/**
 * Asks the server that runs on a data folder to do something. Undefined when none runs.
 *
 * @throws TidewatchError what the command fails with; `access_denied` when the server belongs to another
 * user; `disconnected`, `timeout`.
 */
export async function askServer(
  dataDir: string,
  command: string,
  parameters: unknown,
): Promise<{ readonly result: unknown } | undefined> {
  const request = `${JSON.stringify({ command, parameters })}\n`;
  if (Buffer.byteLength(request) > DEFAULTS.adminMessageBytes) {
    throw new TidewatchError('too_large', 'the request is too long for the server');
  }
  const socket = await reachAdminSocket(dataDir);
  if (socket === undefined) return undefined;
  socket.setTimeout(DEFAULTS.adminAnswerMs, () => {
    socket.destroy(new TidewatchError('timeout', 'the server that runs did not answer in time'));
  });
  try {
    socket.write(request);
    for await (const line of linesOf(socket)) return readAnswer(line);
  } catch (error) {
    if (error instanceof TidewatchError) throw error;
    throw new TidewatchError('disconnected', 'the server ended before it answered', {
      cause: error,
    });
  } finally {
    socket.destroy();
  }
  throw new TidewatchError('disconnected', 'the server ended before it answered');
}

/** A connection to the server that runs on a data folder; undefined when none does. */
export async function reachAdminSocket(dataDir: string): Promise<Socket | undefined> {
  let place: SocketPath | undefined;
  try {
    place = await openSocketPath(dataDir);
    return await connected(place.path);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (NOBODY.has(code)) return undefined;
    const denied = code === 'EACCES' || code === 'EPERM';
    const path = adminSocketPath(dataDir);
    throw new TidewatchError(
      denied ? 'access_denied' : 'unreachable',
      `cannot reach the server through ${path}: ${message}`,
      { cause: error },
    );
  } finally {
    await place?.release();
  }
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

function readAnswer(line: string): { readonly result: unknown } {
  const answer = parseAnswer(line);
  if (answer.ok === true) return { result: answer.result };
  const { code, fields, message } = answer;
  const known = typeof code === 'string' && Object.hasOwn(ERROR_CODES, code);
  throw new TidewatchError(
    known ? (code as ErrorCode) : 'internal_error',
    typeof message === 'string' ? message : 'the server answered in a way nobody understands',
    { ...(fields !== undefined && { fields }) },
  );
}

interface Answer {
  readonly ok?: unknown;
  readonly result?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly fields?: Readonly<Record<string, string>>;
}

function parseAnswer(line: string): Answer {
  try {
    const answer: unknown = JSON.parse(line);
    if (typeof answer === 'object' && answer !== null) return answer;
  } catch {
    // Told below.
  }
  throw new TidewatchError('protocol_error', 'what answers is no server of this program');
}

import { closeSync, openSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { TidewatchError } from '../errors/tidewatch-error.ts';

/** Bytes that the address of a Unix socket has room for on every system that has them. */
const LONGEST_PATH = 100;

/** A socket in a directory that takes connections as long as this process has it open. */
export class LockSocket {
  readonly name: string;
  readonly #server: Server;
  readonly #place: Place;

  private constructor(name: string, server: Server, place: Place) {
    this.name = name;
    this.#server = server;
    this.#place = place;
  }

  /** @throws TidewatchError `data_folder_unusable` where there can be no sockets. */
  static async open(directory: string, name: string): Promise<LockSocket> {
    const place = placeOf(directory);
    // To be connected to is all that anybody wants of it.
    const server = createServer((connection) => connection.destroy());
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(join(place.path, name), resolve);
      });
    } catch (cause) {
      place.leave();
      const { message } = cause as Error;
      throw new TidewatchError(
        'data_folder_unusable',
        `no socket can be made in ${directory} (${message})`,
        { cause },
      );
    }
    server.on('error', () => undefined);
    // The lock alone keeps no process alive.
    server.unref();
    return new LockSocket(name, server, place);
  }

  /** Also removes the socket from the directory. */
  async close(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
    this.#place.leave();
  }
}

/** Whether the process that made a socket still has it open. */
export async function lockSocketAnswers(directory: string, name: string): Promise<boolean> {
  const place = placeOf(directory);
  try {
    return await new Promise<boolean>((resolve) => {
      const socket = connect(join(place.path, name));
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', (error: NodeJS.ErrnoException) => {
        // Any other error, such as too many who ask, comes from one that lives.
        resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT');
      });
    });
  } finally {
    place.leave();
  }
}

interface Place {
  readonly path: string;
  leave(): void;
}

/** A path of the directory that is short enough for the address of a socket. */
function placeOf(directory: string): Place {
  const short = Buffer.byteLength(directory) + 20 <= LONGEST_PATH;
  if (short || process.platform !== 'linux') return { path: directory, leave: () => undefined };
  const descriptor = openSync(directory, 'r');
  return { path: `/proc/self/fd/${descriptor}`, leave: () => closeSync(descriptor) };
}

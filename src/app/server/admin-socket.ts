import { chmod, unlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { DEFAULTS } from '../../defaults.ts';
import { ERROR_CODES } from '../../errors/codes.ts';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import type { Logger } from '../index.ts';
import { reachAdminSocket } from './admin-socket-client.ts';
import { linesOf } from './admin-socket-lines.ts';
import { adminSocketPath, makeSocketFolder, openSocketPath } from './admin-socket-path.ts';

/** Does what the shell asks for; what it resolves with, as JSON, is the answer. */
export type AdminCommand = (parameters: unknown) => Promise<unknown>;

export type AdminCommands = Readonly<Record<string, AdminCommand>>;

export interface AdminSocketOptions {
  readonly dataDir: string;
  readonly commands: AdminCommands;
  readonly logger: Logger;
}

export interface AdminSocket {
  /** Takes no more commands, gives those that run a moment, removes the socket. */
  close(): Promise<void>;
}

/**
 * Listens for commands of the shell while the server runs, on a Unix socket in the data folder. Who may
 * open it, the user that the server runs as and root, may do everything: it asks for no login. One
 * request a line, `{"command","parameters"}`; one answer a line, `{"ok":true,"result"}` or
 * `{"ok":false,"code","message","fields"?}`.
 *
 * @throws TidewatchError `address_in_use` when another server has the data folder.
 */
export async function listenAdminSocket(options: AdminSocketOptions): Promise<AdminSocket> {
  const { dataDir, logger } = options;
  await makeSocketFolder(dataDir);
  await removeLeftover(dataDir);
  const place = await openSocketPath(dataDir);
  const open = new Set<Conversation>();
  // Who has sent the last request still wants its answer.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    if (open.size >= DEFAULTS.adminConnections) {
      socket.destroy();
      return;
    }
    const conversation = new Conversation(socket, options);
    open.add(conversation);
    void conversation.ended.then(() => open.delete(conversation));
  });
  try {
    await listen(server, place.path);
    await chmod(place.path, 0o600);
  } catch (error) {
    server.close();
    await place.release();
    throw error;
  }
  server.on('error', (err) => {
    logger.error({ event: 'admin.socket', err }, 'the socket for commands failed');
  });
  return {
    close: async () => {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      for (const conversation of open) conversation.finish();
      const all = Array.from(open, ({ ended }) => ended);
      await within(DEFAULTS.adminCloseMs, Promise.all(all));
      for (const { socket } of open) socket.destroy();
      await closed;
      await place.release();
    },
  };
}

/** What a server left that was killed is in the way of the next. */
async function removeLeftover(dataDir: string): Promise<void> {
  const reached = await reachAdminSocket(dataDir);
  if (reached !== undefined) {
    reached.destroy();
    const message = `another server uses the data folder ${dataDir}`;
    throw new TidewatchError('address_in_use', message);
  }
  await unlink(adminSocketPath(dataDir)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function answer(line: string, { commands, logger }: AdminSocketOptions): Promise<object> {
  try {
    const { command, parameters } = parseRequest(line);
    const run = Object.hasOwn(commands, command) ? commands[command] : undefined;
    if (run === undefined) {
      throw new TidewatchError('unsupported', 'the server that runs does not know this command');
    }
    return { ok: true, result: (await run(parameters)) ?? null };
  } catch (err) {
    if (err instanceof TidewatchError) return failure(err);
    logger.error({ event: 'admin.failed', err }, 'a command failed');
    const message = 'the server made a mistake; its log tells more';
    return failure(new TidewatchError('internal_error', message));
  }
}

function parseRequest(line: string): { command: string; parameters: unknown } {
  try {
    const value = JSON.parse(line) as { command?: unknown; parameters?: unknown } | null;
    if (typeof value?.command === 'string') {
      return { command: value.command, parameters: value.parameters };
    }
  } catch {
    // Told below, without the line, which may hold a password.
  }
  throw new TidewatchError('invalid_argument', 'a request is a line of JSON with a command');
}

function failure({ code, fields, message }: TidewatchError): object {
  return { ok: false, code: code in ERROR_CODES ? code : 'internal_error', message, fields };
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}

/** One connection: a request, its answer, the next request. */
class Conversation {
  readonly socket: Socket;
  readonly ended: Promise<void>;
  #busy = false;
  #finishing = false;

  constructor(socket: Socket, options: AdminSocketOptions) {
    this.socket = socket;
    this.ended = this.#converse(options);
  }

  /** Ends as soon as nothing runs. */
  finish(): void {
    this.#finishing = true;
    if (!this.#busy) this.socket.destroy();
  }

  async #converse(options: AdminSocketOptions): Promise<void> {
    const { logger } = options;
    const { socket } = this;
    socket.setTimeout(DEFAULTS.adminRequestMs, () => socket.destroy());
    try {
      for await (const line of linesOf(socket)) {
        // The time is for requests to arrive, not for commands to run.
        socket.setTimeout(0);
        this.#busy = true;
        socket.write(`${JSON.stringify(await answer(line, options))}\n`);
        this.#busy = false;
        if (this.#finishing) break;
        socket.setTimeout(DEFAULTS.adminRequestMs);
      }
      socket.destroySoon();
    } catch (err) {
      if (err instanceof TidewatchError && socket.writable) {
        socket.end(`${JSON.stringify(failure(err))}\n`);
      }
      logger.debug({ event: 'admin.broken', err }, 'a connection for commands broke');
      socket.destroySoon();
    }
  }
}

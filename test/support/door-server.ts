import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { singleToken } from '../../src/http/authentication.ts';
import { createDoors } from '../../src/http/doors.ts';
import type { DoorOptions, Doors } from '../../src/http/doors.ts';
import { HTTP_SERVER_LIMITS, createHttpServer } from '../../src/app/server/http-server.ts';
import type { HttpServerLimits } from '../../src/app/server/http-server.ts';
import { putDoorsOn } from '../../src/app/server/host-server.ts';
import { ManualClock } from './manual-clock.ts';
import { FakeRuntime } from './fake-runtime.ts';
import { SocketClient } from './socket-client.ts';

export const TOKEN = 'a-token-of-the-tests';
const DATA = { type: 'smb', host: 'nas', port: 445, share: 'data', logon: {} } as const;

export interface DoorServerOptions extends Partial<DoorOptions> {
  readonly serverLimits?: Partial<HttpServerLimits>;
}

/** The doors of a fake runtime on a port of 127.0.0.1, with a clock that stands still. */
export class DoorServer {
  readonly runtime: FakeRuntime;
  readonly clock = new ManualClock();
  readonly doors: Doors;
  readonly server: Server;
  /** The id of the connection `data`, on SMB. */
  readonly id: string;
  /** The id of the connection `disk`, a directory of this machine. */
  readonly diskId: string;
  readonly #clients: SocketClient[] = [];

  private constructor(
    { serverLimits, ...options }: DoorServerOptions,
    more: (runtime: FakeRuntime, clock: ManualClock) => Partial<DoorOptions>,
  ) {
    this.runtime = new FakeRuntime(options.logger);
    this.id = this.runtime.connections.add({ name: 'data', target: DATA, pathPrefix: '' }).id;
    const disk = { type: 'local', root: '/srv/disk' } as const;
    this.diskId = this.runtime.connections.add({ name: 'disk', target: disk, pathPrefix: '' }).id;
    this.doors = createDoors({
      runtime: this.runtime,
      authenticator: singleToken(TOKEN),
      clock: this.clock,
      logger: this.runtime.logger,
      version: '1.2.3',
      readiness: () => 'ready',
      ...options,
      ...more(this.runtime, this.clock),
    });
    this.server = createHttpServer({ ...HTTP_SERVER_LIMITS, ...serverLimits });
    putDoorsOn(this.server, this.doors, '');
  }

  /** @param more options that need the runtime and the clock. */
  static async start(
    options: DoorServerOptions = {},
    more: (runtime: FakeRuntime, clock: ManualClock) => Partial<DoorOptions> = () => ({}),
  ): Promise<DoorServer> {
    const started = new DoorServer(options, more);
    await new Promise<void>((resolve) => {
      started.server.listen(0, '127.0.0.1', resolve);
    });
    return started;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get http(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get ws(): string {
    return `ws://127.0.0.1:${this.port}/api/ws`;
  }

  /** A client that is authenticated by a header. */
  client(options: { readonly headers?: Record<string, string> } = {}): SocketClient {
    const headers = { Authorization: `Bearer ${TOKEN}`, ...options.headers };
    return this.keep(new SocketClient(this.ws, { headers }));
  }

  keep(client: SocketClient): SocketClient {
    this.#clients.push(client);
    return client;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.http}${path}`, {
      headers: { Authorization: `Bearer ${TOKEN}`, ...headers },
    });
  }

  async ticket(): Promise<string> {
    const response = await fetch(`${this.http}/api/auth/ws-ticket`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${TOKEN}` },
    });
    return ((await response.json()) as { ticket: string }).ticket;
  }

  async stop(): Promise<void> {
    await this.doors.close();
    for (const { socket } of this.#clients) socket.terminate();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

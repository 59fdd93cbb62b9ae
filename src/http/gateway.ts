import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import type { Clock, Logger, Runtime } from '../app/index.ts';
import type { Access } from './access.ts';
import type { Authenticator } from './authentication.ts';
import { ChangeFrames } from './change-frames.ts';
import { ClientSession } from './client-session.ts';
import { CLOSE } from './close-codes.ts';
import type { CloseReason } from './close-codes.ts';
import { presentedCredentials } from './credentials.ts';
import type { GatewayCounters } from './gateway-counters.ts';
import { GatewaySocket } from './gateway-socket.ts';
import type { DirectoryCaches } from './directory-caches.ts';
import { Heartbeat } from './heartbeat.ts';
import { InspectorSocket } from './inspector-socket.ts';
import type { DoorLimits } from './limits.ts';
import { originAllowed } from './origin.ts';
import type { OriginRules } from './origin.ts';
import type { TrustedProxies } from './proxies.ts';
import type { Tickets } from './tickets.ts';
import { refuseUpgrade } from './upgrade-request.ts';
import type { UpgradeRequest } from './upgrade-request.ts';

export interface GatewayOptions {
  readonly runtime: Runtime;
  readonly authenticator: Authenticator;
  readonly tickets: Tickets;
  readonly access: Access;
  readonly caches: DirectoryCaches;
  readonly origins: OriginRules;
  readonly proxies: TrustedProxies;
  readonly limits: DoorLimits;
  readonly clock: Clock;
  readonly counters: GatewayCounters;
  readonly logger: Logger;
}

interface Ending {
  end(reason: CloseReason): void;
}

/** Every WebSocket of the server, from its upgrade to its end. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #server: WebSocketServer;
  readonly #frames = new ChangeFrames();
  readonly #heartbeat: Heartbeat;
  /** Those that were let in, until their connection is gone. */
  readonly #sockets = new Map<WebSocket, Ending>();
  #lastId = 0;
  #closing = false;

  constructor(options: GatewayOptions) {
    this.#options = options;
    const { clock, limits } = options;
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: limits.maxMessageBytes,
      perMessageDeflate: false,
      autoPong: false,
      // Known to the package, not yet to its types.
      ...{ closeTimeout: limits.closeMs },
    });
    this.#heartbeat = new Heartbeat(clock, limits.heartbeatMs);
  }

  /** Takes the request when it is for one of our addresses; gives whether it was. */
  upgrade(upgrade: UpgradeRequest): boolean {
    const { pathname } = upgrade.url;
    if (pathname === '/api/ws') this.#accept(upgrade, (socket) => this.#open(socket, upgrade));
    else if (pathname === '/api/inspect') {
      this.#accept(upgrade, (socket) => this.#inspect(socket, upgrade));
    } else return false;
    return true;
  }

  /** Closes every socket with 1001 and waits until they are gone, for a bounded time. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#heartbeat.stop();
    const gone = [...this.#server.clients].map(
      (socket) => new Promise<void>((resolve) => void socket.once('close', () => resolve())),
    );
    for (const ending of this.#sockets.values()) ending.end(CLOSE.goingAway);
    await Promise.all(gone);
    this.#server.close();
  }

  /** A refused socket is let in and closed, because a browser sees nothing of a refused handshake. */
  #accept(upgrade: UpgradeRequest, open: (socket: WebSocket) => Ending): void {
    const { limits, origins, proxies } = this.#options;
    const { head, request, stream } = upgrade;
    // Those that are being refused count as well, and have a bound of their own.
    if (this.#closing || this.#server.clients.size >= 2 * limits.maxSockets) {
      refuseUpgrade(stream, '503 Service Unavailable');
      return;
    }
    const { origin } = request.headers;
    const { host } = proxies.source(request);
    this.#server.handleUpgrade(request, stream, head, (socket) => {
      // What is wrong with a connection is told by its end.
      socket.on('error', () => undefined);
      if (!originAllowed(origin, host, origins)) {
        this.#refuse(socket, CLOSE.wrongOrigin);
      } else if (this.#sockets.size >= limits.maxSockets) {
        this.#refuse(socket, CLOSE.tooMany);
      } else {
        this.#keep(socket, open(socket));
      }
    });
  }

  #keep(socket: WebSocket, ending: Ending): void {
    const { counters } = this.#options;
    this.#sockets.set(socket, ending);
    counters.sockets = this.#sockets.size;
    socket.once('close', () => {
      this.#sockets.delete(socket);
      counters.sockets = this.#sockets.size;
    });
    this.#heartbeat.add(socket);
  }

  #refuse(socket: WebSocket, { code, reason }: CloseReason): void {
    const { counters, logger } = this.#options;
    counters.refused += 1;
    logger.info({ event: 'ws.refused', reason }, 'refused a socket');
    socket.close(code, reason);
  }

  #open(socket: WebSocket, { request, stream, url }: UpgradeRequest): Ending {
    const { access, authenticator, caches, clock, counters, limits, logger, proxies, runtime } =
      this.#options;
    const id = (this.#lastId += 1);
    const presented = presentedCredentials(request, url.searchParams, {
      ...this.#options,
      tokenInAddress: true,
    });
    logger.debug({ event: 'ws.opened', socket: id }, 'a socket came');
    socket.once('close', (code: number) => {
      logger.debug({ event: 'ws.closed', socket: id, code }, 'a socket went');
    });
    const opened = new GatewaySocket({
      id,
      socket,
      stream,
      presented,
      ...{ access, authenticator, address: proxies.source(request).address },
      session: (writer, caller) =>
        new ClientSession({
          ...{ id, runtime, writer, limits, clock, counters, logger, access, caches, caller },
          frames: this.#frames,
        }),
      ...{ limits, clock, counters, logger },
    });
    opened.start();
    return opened;
  }

  #inspect(socket: WebSocket, { request, url }: UpgradeRequest): Ending {
    const { access, clock, counters, limits, logger, runtime } = this.#options;
    const inspector = new InspectorSocket({
      socket,
      presented: presentedCredentials(request, url.searchParams, {
        ...this.#options,
        tokenInAddress: false,
      }),
      prefixes: (url.searchParams.get('actors') ?? '').split(',').filter((one) => one !== ''),
      ...{ access, clock, runtime, limits, counters, logger },
    });
    inspector.start();
    return inspector;
  }
}

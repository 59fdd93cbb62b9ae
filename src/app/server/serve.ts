import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { singleToken } from '../../http/authentication.ts';
import type { Authenticator } from '../../http/authentication.ts';
import { createDoors } from '../../http/doors.ts';
import type { Readiness } from '../../http/door-world.ts';
import type { ConnectionInfo, Logger, NewConnection, Runtime, Services } from '../index.ts';
import { systemClock } from '../index.ts';
import { packageVersion } from '../package-version.ts';
import { putDoorsOn } from './host-server.ts';
import { createHttpServer } from './http-server.ts';

export interface ServerOptions {
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly connections: readonly NewConnection[];
  /** A bearer token that counts as an admin; without accounts there has to be one. */
  readonly token?: string | undefined;
  /** Accounts, saved connections, settings, audit log; ended by whoever made them. */
  readonly services?: Services | undefined;
  readonly allowedOrigins: readonly string[];
  /** Where people reach the server. */
  readonly publicUrl?: string | undefined;
  /** Addresses and networks of proxies that are believed. */
  readonly trustedProxies?: readonly string[] | undefined;
  readonly metricsPublic: boolean;
}

export interface RunningServer {
  /** `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly connections: readonly ConnectionInfo[];
  /** Takes nobody in any more, tells every socket 1001, stops the runtime. */
  stop(): Promise<void>;
}

/**
 * Listens, adds the connections and starts the runtime.
 *
 * @throws TidewatchError `address_in_use`, `invalid_argument` for an address that cannot be listened on;
 * nothing stays behind.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, logger, port, runtime } = options;
  let readiness: Readiness = 'starting';
  const doors = createDoors({
    ...{ runtime, logger, clock: systemClock, version: packageVersion() },
    authenticator: authenticatorOf(options),
    services: options.services,
    readiness: () => readiness,
    allowedOrigins: options.allowedOrigins,
    publicUrl: options.publicUrl,
    trustedProxies: options.trustedProxies,
    metricsPublic: options.metricsPublic,
  });
  const server = createHttpServer();
  putDoorsOn(server, doors, '');
  const stop = async (): Promise<void> => {
    readiness = 'stopping';
    const closed = closeServer(server);
    // Sockets have let go of what they had; nothing waits for those that do not say goodbye.
    await Promise.all([doors.close(), runtime.stop()]);
    server.closeAllConnections();
    await closed;
  };
  try {
    await listen(server, host, port);
    // A connection that cannot be accepted, for want of file descriptors, is no reason to end.
    server.on('error', (err) => logger.error({ event: 'server.error', err }, 'the server failed'));
    // Those who ask while it starts are told so.
    const connections = options.connections.map((one) => runtime.connections.add(one));
    await runtime.start();
    readiness = 'ready';
    const url = urlOf(host, (server.address() as AddressInfo).port);
    logger.info({ event: 'server.listening', url }, 'listening');
    return { url, connections, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function authenticatorOf({ services, token }: ServerOptions): Authenticator {
  // Accounts know the token of the environment themselves.
  return services?.accounts ?? singleToken(token ?? '');
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => reject(listenFailure(error, host, port));
    server.once('error', failed);
    server.listen({ host, port }, () => {
      server.off('error', failed);
      resolve();
    });
  });
}

function listenFailure(error: NodeJS.ErrnoException, host: string, port: number): TidewatchError {
  const address = urlOf(host, port);
  if (error.code === 'EADDRINUSE') {
    const message = `something listens on ${address} already`;
    return new TidewatchError('address_in_use', message, { cause: error });
  }
  const message = `cannot listen on ${address}: ${error.message}`;
  return new TidewatchError('invalid_argument', message, { cause: error });
}

function closeServer(server: Server): Promise<void> {
  // It fails only when it never listened.
  return new Promise((resolve) => void server.close(() => resolve()));
}

function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

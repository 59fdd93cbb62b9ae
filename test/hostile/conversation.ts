import { expect } from 'vitest';
import { connect } from '../../src/smb/index.ts';
import type {
  ConnectOptions,
  Credentials,
  ErrorCode,
  SmbConnection,
  SmbSession,
  SmbTree,
} from '../../src/smb/index.ts';
import { memoryTransportPair } from '../../src/smb/net/memory-transport.ts';
import type { Splitter } from '../../src/smb/net/memory-transport.ts';
import { SmbError } from '../../src/smb/smb-error.ts';
import { FakeServer } from '../fake-server/fake-server.ts';
import type { FakeServerOptions } from '../fake-server/options.ts';

export interface Parties {
  readonly connection: SmbConnection;
  readonly server: FakeServer;
}

export interface Conversation extends Parties {
  readonly session: SmbSession;
  readonly tree: SmbTree;
}

export interface Setup {
  readonly server?: Partial<FakeServerOptions>;
  readonly client?: Partial<ConnectOptions>;
  readonly credentials?: Credentials;
  /** How the answers are cut on their way. */
  readonly toClient?: Splitter;
  /** Called before the first byte is sent. */
  readonly prepare?: (server: FakeServer) => void;
}

const ALICE: Credentials = { username: 'alice', password: 'secret' };

/** A session on which nothing is signed: what the server sends reaches the decoders as it is. */
export const UNPROTECTED: Setup = {
  server: { allowAnonymous: true },
  credentials: { anonymous: true },
};

/** The client connects to a fake server; both ends are given also when it fails. */
export function dial(setup: Setup = {}): {
  server: FakeServer;
  connecting: Promise<SmbConnection>;
} {
  const { toClient } = setup;
  const [near, far] = memoryTransportPair(toClient === undefined ? {} : { toClient });
  const server = new FakeServer(far, setup.server);
  setup.prepare?.(server);
  return { server, connecting: connect({ host: 'fake', transport: near, ...setup.client }) };
}

/** Connected, logged on, on the share. */
export async function converse(setup: Setup = {}): Promise<Conversation> {
  const { server, connecting } = dial(setup);
  const connection = await connecting;
  const session = await connection.authenticate(setup.credentials ?? ALICE);
  const tree = await session.connectTree('data');
  return { connection, server, session, tree };
}

/** The code an operation fails with; `succeeded`, or the error itself when it is no SmbError. */
export async function codeOf(operation: Promise<unknown>): Promise<string> {
  try {
    await operation;
    return 'succeeded';
  } catch (error) {
    return error instanceof SmbError ? error.code : `not typed: ${String(error)}`;
  }
}

/** The connection is over, for this reason. */
export async function expectEnded(connection: SmbConnection, code: ErrorCode): Promise<void> {
  expect((await connection.closed).code).toBe(code);
  expect(connection.diagnostics().state).toBe('closed');
}

/** Closes, and makes sure that nothing was left behind and nothing wrong was said. */
export async function expectCleanEnd({ connection, server }: Parties): Promise<void> {
  await connection.close();
  await server.disconnected;
  expect(server.violations).toEqual([]);
  expect(server.opens.size).toBe(0);
  expect(server.sessions.size).toBe(0);
}

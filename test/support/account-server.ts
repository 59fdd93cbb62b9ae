import type { SavedConnectionInfo, UserInfo } from '../../src/app/index.ts';
import { DoorServer, TOKEN } from './door-server.ts';
import type { DoorServerOptions } from './door-server.ts';
import { FakeServices } from './fake-services.ts';
import { SocketClient } from './socket-client.ts';

/** Somebody with an account, and a token of it. */
export interface Somebody {
  readonly info: UserInfo;
  readonly token: string;
}

/** The doors with accounts: an administrator, two users, and a connection of each kind. */
export class AccountServer {
  readonly doors: DoorServer;
  readonly services: FakeServices;
  readonly admin: Somebody;
  readonly alice: Somebody;
  readonly bob: Somebody;
  /** Alice's alone. */
  readonly hers: SavedConnectionInfo;
  readonly shared: SavedConnectionInfo;

  private constructor(
    doors: DoorServer,
    services: FakeServices,
    people: readonly [Somebody, Somebody, Somebody],
    connections: readonly [SavedConnectionInfo, SavedConnectionInfo],
  ) {
    this.doors = doors;
    this.services = services;
    [this.admin, this.alice, this.bob] = people;
    [this.hers, this.shared] = connections;
  }

  static async start(options: DoorServerOptions = {}): Promise<AccountServer> {
    let made: FakeServices | undefined;
    const doors = await DoorServer.start(options, (runtime, clock) => {
      const services = new FakeServices(runtime, () => clock.wall());
      made = services;
      services.accounts.fixedToken = TOKEN;
      return { services, authenticator: services.accounts };
    });
    if (made === undefined) throw new Error('no services were made');
    const { accounts, connections } = made;
    const somebody = (name: string, role: 'admin' | 'user'): Somebody => {
      const info = accounts.add(name, role);
      return { info, token: accounts.tokenOf(info.id) };
    };
    const people = [
      somebody('root', 'admin'),
      somebody('alice', 'user'),
      somebody('bob', 'user'),
    ] as const;
    const by = ({
      info: { id, role, username },
    }: Somebody): Parameters<typeof connections.create>[0] => ({
      ...{ name: username, admin: role === 'admin', userId: id },
    });
    const hers = await connections.create(by(people[1]), { name: 'hers', host: 'nas' });
    const shared = await connections.create(by(people[0]), { name: 'shared', scope: 'shared' });
    return new AccountServer(doors, made, people, [hers, shared]);
  }

  /** `GET` without a method. The body is sent as JSON. */
  ask(
    who: Somebody | undefined,
    request: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const [method = 'GET', path = request] = request.includes(' ') ? request.split(' ') : [];
    return fetch(`${this.doors.http}${path}`, {
      method,
      headers: {
        ...(who === undefined ? {} : { Authorization: `Bearer ${who.token}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  socket(who: Somebody, path = '/api/ws'): SocketClient {
    const headers = { Authorization: `Bearer ${who.token}` };
    const url = `ws://127.0.0.1:${this.doors.port}${path}`;
    return this.doors.keep(new SocketClient(url, { headers }));
  }

  async ticket(who: Somebody): Promise<string> {
    const response = await this.ask(who, 'POST /api/auth/ws-ticket');
    return ((await response.json()) as { ticket: string }).ticket;
  }

  stop(): Promise<void> {
    return this.doors.stop();
  }
}

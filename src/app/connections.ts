import { isDeepStrictEqual } from 'node:util';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import { normalisePath } from '../storage/paths.ts';
import type { S3Target, SmbTarget } from '../storage/target.ts';
import { canonicalUuid, connectionId } from './connection-id.ts';
import type {
  ConnectionInfo,
  Connections,
  IdentifiedConnection,
  NewConnection,
} from './runtime-face.ts';

/** What became of a connection, for those who are subscribed through it. */
export interface ConnectionFollower {
  /** It leads elsewhere, or is used otherwise; `before`: where it led. */
  connectionMoved(id: string, before: NewConnection): void;
  connectionGone(id: string, before: NewConnection): void;
}

/** And for its directory cache. */
export interface ConnectionListener extends ConnectionFollower {
  /** Its directory cache is to be kept in another way. */
  cacheChanged(id: string): void;
}

interface Known {
  readonly info: ConnectionInfo;
  readonly connection: NewConnection;
}

/** Places with names, for as long as the process lives. */
export class NamedConnections implements Connections {
  readonly #byId = new Map<string, Known>();
  readonly #follower: ConnectionListener;

  constructor(follower: ConnectionListener) {
    this.#follower = follower;
  }

  add(added: NewConnection): ConnectionInfo {
    const id = connectionId(added.name);
    if (this.#byId.has(id)) throw nameTaken(added.name);
    return this.#set(added, { id, scope: 'shared', read_only: true });
  }

  put(added: IdentifiedConnection): ConnectionInfo {
    const { id: given, scope, ...connection } = added;
    const id = canonicalUuid(given);
    if (id === undefined) throw new TidewatchError('invalid_argument', `${given} is no UUID`);
    const before = this.#byId.get(id)?.connection;
    const info = this.#set(connection, { id, scope, read_only: false });
    const now = this.#byId.get(id)?.connection;
    if (before === undefined || now === undefined) return info;
    if (!leadsThere(before, now)) this.#follower.connectionMoved(id, before);
    else if (!isDeepStrictEqual(before.cache, now.cache)) this.#follower.cacheChanged(id);
    return info;
  }

  remove(given: string): boolean {
    const id = canonicalUuid(given);
    const before = id === undefined ? undefined : this.#byId.get(id)?.connection;
    if (id === undefined || before === undefined) return false;
    this.#byId.delete(id);
    this.#follower.connectionGone(id, before);
    return true;
  }

  list(): readonly ConnectionInfo[] {
    return [...this.#byId.values()].map(({ info }) => info);
  }

  /** With their secrets: for the runtime alone. */
  all(): readonly NewConnection[] {
    return [...this.#byId.values()].map(({ connection }) => connection);
  }

  get(idOrName: string): ConnectionInfo | undefined {
    return this.#find(idOrName)?.info;
  }

  /** With its secrets: for the runtime alone. */
  open(idOrName: string): NewConnection | undefined {
    return this.#find(idOrName)?.connection;
  }

  #set(added: NewConnection, fixed: FixedInfo): ConnectionInfo {
    const pathPrefix = normalisePath(added.target.type, added.pathPrefix);
    const connection = { ...added, pathPrefix };
    const info = describe(connection, fixed);
    this.#byId.set(info.id, { info, connection });
    return info;
  }

  #find(idOrName: string): Known | undefined {
    const id = canonicalUuid(idOrName);
    const byId = id === undefined ? undefined : this.#byId.get(id);
    return byId ?? this.#byId.get(connectionId(idOrName));
  }
}

type FixedInfo = Pick<ConnectionInfo, 'id' | 'scope' | 'read_only'>;

function nameTaken(name: string): TidewatchError {
  return new TidewatchError('already_exists', `There is a connection of the name ${name} already`);
}

/** Whoever is subscribed through one is served as well by the other. */
function leadsThere(one: NewConnection, other: NewConnection): boolean {
  return one.pathPrefix === other.pathPrefix && isDeepStrictEqual(one.target, other.target);
}

function describe({ name, target, pathPrefix }: NewConnection, fixed: FixedInfo): ConnectionInfo {
  const base = { ...fixed, name } as const;
  switch (target.type) {
    case 'local':
      return { ...base, type: 'local', root_path: target.root };
    case 's3':
      return { ...base, type: 's3', path_prefix: pathPrefix, ...describeBucket(target) };
    case 'smb':
      return { ...base, type: 'smb', path_prefix: pathPrefix, ...describeShare(target) };
  }
}

function describeShare({ host, logon, port, share }: SmbTarget): Partial<ConnectionInfo> {
  return {
    ...{ host, port, share_name: share },
    ...(logon.username !== undefined && { username: logon.username }),
    ...(logon.domain !== undefined && { domain: logon.domain }),
    has_password: logon.password !== undefined,
  };
}

function describeBucket(target: S3Target): Partial<ConnectionInfo> {
  const { accessKey, bucket, endpoint, pathStyle, region, secretKey } = target;
  return {
    bucket,
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    ...(pathStyle !== undefined && { path_style: pathStyle }),
    ...(accessKey !== undefined && { access_key: accessKey }),
    has_secret_key: secretKey !== undefined,
  };
}

import { TidewatchError } from '../errors/tidewatch-error.ts';
import { normalisePath } from '../storage/paths.ts';
import { canonicalUuid, connectionId } from './connection-id.ts';
import type { ConnectionInfo, Connections, NewConnection } from './runtime-face.ts';

/** Places with names, for as long as the process lives. */
export class NamedConnections implements Connections {
  readonly #byId = new Map<string, { info: ConnectionInfo; connection: NewConnection }>();

  add(added: NewConnection): ConnectionInfo {
    const pathPrefix = normalisePath(added.target.type, added.pathPrefix);
    const connection = { ...added, pathPrefix };
    const info = describe(connection);
    if (this.#byId.has(info.id)) {
      const message = `There is a connection of the name ${connection.name} already`;
      throw new TidewatchError('already_exists', message);
    }
    this.#byId.set(info.id, { info, connection });
    return info;
  }

  list(): readonly ConnectionInfo[] {
    return [...this.#byId.values()].map(({ info }) => info);
  }

  get(idOrName: string): ConnectionInfo | undefined {
    return this.#find(idOrName)?.info;
  }

  /** With its secrets: for the runtime alone. */
  open(idOrName: string): NewConnection | undefined {
    return this.#find(idOrName)?.connection;
  }

  #find(idOrName: string): { info: ConnectionInfo; connection: NewConnection } | undefined {
    const id = canonicalUuid(idOrName);
    const byId = id === undefined ? undefined : this.#byId.get(id);
    return byId ?? this.#byId.get(connectionId(idOrName));
  }
}

function describe({ name, target, pathPrefix }: NewConnection): ConnectionInfo {
  const base = { id: connectionId(name), name, scope: 'shared', read_only: true } as const;
  if (target.type === 'local') return { ...base, type: 'local', root_path: target.root };
  const { host, port, share, logon } = target;
  return {
    ...base,
    type: 'smb',
    host,
    port,
    share_name: share,
    path_prefix: pathPrefix,
    ...(logon.username !== undefined && { username: logon.username }),
    ...(logon.domain !== undefined && { domain: logon.domain }),
    has_password: logon.password !== undefined,
  };
}

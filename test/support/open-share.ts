import { connect } from '../../src/smb/index.ts';
import type { ConnectOptions, Credentials } from '../../src/smb/index.ts';
import type { SmbConnection, SmbSession, SmbTree } from '../../src/smb/index.ts';
import type { SambaServer } from '../servers/samba.ts';

export interface OpenShare extends AsyncDisposable {
  readonly connection: SmbConnection;
  readonly session: SmbSession;
  readonly tree: SmbTree;
}

/** Connects to the share `data` of a test server as its first user; closed at the end of the block. */
export async function openShare(
  samba: SambaServer,
  options: Partial<ConnectOptions> & { share?: string; credentials?: Credentials } = {},
): Promise<OpenShare> {
  const { share = 'data', credentials, ...rest } = options;
  const connection = await connect({ host: '127.0.0.1', port: samba.port, ...rest });
  try {
    const session = await connection.authenticate(credentials ?? firstUser(samba));
    const tree = await session.connectTree(share);
    return { connection, session, tree, [Symbol.asyncDispose]: () => connection.close() };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function firstUser({ users }: SambaServer): Credentials {
  const [username = '', password = ''] = Object.entries(users)[0] ?? [];
  return { username, password };
}

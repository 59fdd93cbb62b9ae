import { expect } from 'vitest';
import { connect } from '../../src/smb/index.ts';
import type { SmbConnection, SmbTree } from '../../src/smb/index.ts';
import { TreeRoots } from '../../src/storage/smb/tree-roots.ts';
import type { StorageWatch, WatchRequest } from '../../src/storage/storage.ts';
import { FakeHost } from '../fake-server/fake-host.ts';
import type { FakeHostOptions } from '../fake-server/host-options.ts';
import { WatchLog } from '../storage-conformance/watch-log.ts';

export interface Client {
  readonly host: FakeHost;
  readonly connection: SmbConnection;
  readonly tree: SmbTree;
  readonly roots: TreeRoots;
}

export interface Watching {
  readonly log: WatchLog;
  readonly watch: StorageWatch;
}

async function join(host: FakeHost): Promise<Client> {
  const connection = await connect({ host: 'sim', transport: await host.dial() });
  const session = await connection.authenticate({ username: 'alice', password: 'secret' });
  const tree = await session.connectTree('data');
  return { host, connection, tree, roots: new TreeRoots(tree) };
}

export function onWindows(
  directories: readonly string[],
  options: FakeHostOptions = {},
): Promise<Client> {
  const host = new FakeHost({ ...options, kind: 'windows' });
  for (const directory of directories) host.fileSystem.mkdir(directory);
  return join(host);
}

export function begin(
  { roots }: Client,
  path: string,
  request: Partial<WatchRequest> = {},
): Watching {
  const log = new WatchLog();
  return { log, watch: roots.watch({ path, recursive: false, ...request }, log) };
}

export async function watch(
  client: Client,
  path: string,
  request: Partial<WatchRequest> = {},
): Promise<Watching> {
  const watching = begin(client, path, request);
  await watching.log.untilCalled('armed');
  return watching;
}

/** Why a watch never came to be. */
export async function refusalOf(client: Client, path: string): Promise<string | undefined> {
  const { log } = begin(client, path);
  await log.untilCalled('ended');
  expect(log.calls).toEqual(['ended']);
  return log.reason?.code;
}

/** Where the handles are that changes are asked of, and how deep. */
export function askedOf({ host }: Client): string[] {
  return host.pendingNotifies.map(
    ({ open, recursive }) => `${open.node.name}${recursive ? '/**' : ''}`,
  );
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

export async function untilNothingIsOpen({ host }: Client): Promise<void> {
  while (host.opens > 0) await turn();
}

/** Nothing is open any more, though the share still is; then everything is closed. */
export async function expectCleanEnd(client: Client): Promise<void> {
  const { host, connection } = client;
  await untilNothingIsOpen(client);
  expect(host.pendingNotifies).toEqual([]);
  await connection.close();
  while (host.connections.size > 0) await turn();
  for (const left of host.leftBehind) expect(left).toEqual({ opens: 0, sessions: 0 });
  expect(host.violations).toEqual([]);
}

export const words = ({ log }: Watching): string[] =>
  log.changes.map(({ action, path, oldPath = '' }) => `${action} ${oldPath}>${path}`);

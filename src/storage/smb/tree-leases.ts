import { SmbError, Status } from '../../smb/index.ts';
import type { SmbTree } from '../../smb/index.ts';
import { TreeRoots } from './tree-roots.ts';

/** One use of a connected share. */
export interface TreeLease {
  readonly tree: SmbTree;
  /** The handles that bear its watches on Windows, for all who use it. */
  readonly watchRoots: TreeRoots;
  /** Ends the use; the last one disconnects the share. `reason`: why what lived on it has failed. */
  release(reason?: Error): Promise<void>;
}

interface SharedTree {
  readonly connecting: Promise<{ readonly tree: SmbTree; readonly watchRoots: TreeRoots }>;
  users: number;
}

export type { SmbTree };

/** One tree connect for each share of a session, for all who use it. */
export class TreeLeases {
  readonly #connect: (share: string) => Promise<SmbTree>;
  readonly #shared = new Map<string, SharedTree>();

  constructor(connect: (share: string) => Promise<SmbTree>) {
    this.#connect = connect;
  }

  async lease(share: string): Promise<TreeLease> {
    // Share names differ in case at will (MS-SMB2 3.3.5.7).
    const key = share.toLowerCase();
    let shared = this.#shared.get(key);
    if (shared === undefined) {
      const connecting = this.#connect(share).then((tree) => ({
        tree,
        watchRoots: new TreeRoots(tree),
      }));
      shared = { connecting, users: 0 };
      this.#shared.set(key, shared);
    }
    const use = shared;
    use.users += 1;
    try {
      const { tree, watchRoots } = await use.connecting;
      let released = false;
      return {
        tree,
        watchRoots,
        release: async (reason) => {
          if (released) return;
          released = true;
          if (isDropped(reason)) this.#forget(key, use);
          await this.#release(key, use);
        },
      };
    } catch (error) {
      this.#forget(key, use);
      throw error;
    }
  }

  async #release(key: string, use: SharedTree): Promise<void> {
    use.users -= 1;
    if (use.users > 0) return;
    this.#forget(key, use);
    const { tree } = await use.connecting;
    await tree.close();
  }

  #forget(key: string, use: SharedTree): void {
    if (this.#shared.get(key) === use) this.#shared.delete(key);
  }
}

/** The server has dropped the tree: whoever comes next shall not get it. */
export function isDropped(reason: Error | undefined): boolean {
  return reason instanceof SmbError && reason.status === Status.NETWORK_NAME_DELETED;
}

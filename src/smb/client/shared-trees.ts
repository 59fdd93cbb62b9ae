import { Status } from '../status.ts';
import type { TreeContext } from './contexts.ts';
import type { TreeSource } from './watch.ts';

type ClosableTree = TreeContext & { close(): Promise<void> };

/** One tree for each share, connected with its first user and disconnected with its last. */
export class SharedTrees {
  #connect: (share: string) => Promise<ClosableTree>;
  #trees = new Map<string, { tree: Promise<ClosableTree>; users: number }>();

  constructor(connect: (share: string) => Promise<ClosableTree>) {
    this.#connect = connect;
  }

  /** A use of the share's tree; `release` ends it. */
  lease(share: string): TreeSource {
    // Share names differ in case at will (MS-SMB2 3.3.5.7).
    const key = share.toLowerCase();
    let shared = this.#trees.get(key);
    if (shared === undefined) {
      shared = { tree: this.#connect(share), users: 0 };
      this.#trees.set(key, shared);
    }
    const { tree } = shared;
    const use = shared;
    use.users += 1;
    return {
      tree,
      release: (reason) => {
        // Whoever comes next shall not get what the server has dropped.
        const isDropped = reason?.status === Status.NETWORK_NAME_DELETED;
        if (isDropped && this.#trees.get(key) === use) this.#trees.delete(key);
        use.users -= 1;
        if (use.users > 0) return;
        if (this.#trees.get(key) === use) this.#trees.delete(key);
        tree.then(
          (connected) => connected.close(),
          // A tree that never came to be needs no closing; the watch has the error.
          () => undefined,
        );
      },
    };
  }
}

import { closeSync, fsyncSync, openSync, renameSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';

/** What is used of an open file of Emscripten's file system over Node's. */
export interface NodeStream {
  /** Descriptor of Node; absent for directories. */
  readonly nfd?: number;
  readonly node: object;
}

/** What is used of a directory or file of that file system. */
export interface NodeOfTree {
  name: string;
}

/** The operations of Emscripten's NODEFS that are replaced here, or watched by tests. */
export interface NodeFileSystem {
  realPath(node: object): string;
  tryFSOperation<T>(operation: () => T): T;
  readonly node_ops: {
    rename: (node: NodeOfTree, directory: object, name: string) => void;
    unlink: (parent: object, name: string) => void;
  };
  readonly stream_ops: {
    fsync?: (stream: NodeStream) => number;
    write: (
      stream: NodeStream,
      buffer: Int8Array,
      offset: number,
      length: number,
      position: number,
    ) => number;
  };
}

type Initialized = Awaited<ReturnType<NodeFS['init']>>;

/**
 * A folder of the disk as PGlite sees it, with an `fsync` that reaches the disk. PGlite's own does
 * nothing at all: after a power cut a folder written that way could not be opened any more.
 */
export class DurableFileSystem extends NodeFS {
  readonly #adjust: ((files: NodeFileSystem) => void) | undefined;

  /** @param adjust Sees the operations after they were made durable; for tests. */
  constructor(directory: string, adjust?: (files: NodeFileSystem) => void) {
    super(directory);
    this.#adjust = adjust;
  }

  override async init(...args: Parameters<NodeFS['init']>): Promise<Initialized> {
    const initialized = await super.init(...args);
    const before = initialized.emscriptenOpts.preRun;
    const replace = (module: unknown): void => {
      const { FS } = module as { FS: { filesystems: { NODEFS: NodeFileSystem } } };
      makeDurable(FS.filesystems.NODEFS);
      this.#adjust?.(FS.filesystems.NODEFS);
    };
    const preRun = [...(Array.isArray(before) ? before : before ? [before] : []), replace];
    return { emscriptenOpts: { ...initialized.emscriptenOpts, preRun } };
  }
}

function makeDurable(files: NodeFileSystem): void {
  files.stream_ops.fsync = (stream) => {
    files.tryFSOperation(() => {
      if (stream.nfd === undefined) syncDirectory(files.realPath(stream.node));
      else fsyncSync(stream.nfd);
    });
    return 0;
  };
  // Emscripten's own removes the target first: after a crash between the two neither would be there.
  files.node_ops.rename = (node, directory, name) => {
    const from = files.realPath(node);
    files.tryFSOperation(() => renameSync(from, `${files.realPath(directory)}/${name}`));
    node.name = name;
  };
}

/** Names made, changed and removed in a directory are on the disk when this returns. */
export function syncDirectory(path: string): void {
  // Windows cannot open directories, and keeps names without being asked.
  if (process.platform === 'win32') return;
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Arguments of the database: every commit waits for the disk, and little memory for little data. */
export function startParams(): string[] {
  return [
    ...PGlite.defaultStartParams.filter((param) => param !== '-F'),
    ...['-c', 'fsync=on', '-c', 'wal_sync_method=fsync'],
    ...['-c', 'shared_buffers=16MB', '-c', 'wal_buffers=1MB', '-c', 'max_wal_size=32MB'],
  ];
}

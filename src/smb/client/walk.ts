import { SMB_DEFAULTS } from '../defaults.ts';
import { SmbError } from '../smb-error.ts';
import { Status } from '../status.ts';
import { assertWhole } from './arguments.ts';
import type { Entry } from './entry.ts';
import { listAll } from './list.ts';
import { joinPath } from './path.ts';
import { stat } from './stat.ts';
import type { TreeContext } from './contexts.ts';

export interface WalkOptions {
  /** Directories in flight for each tree. */
  readonly concurrency?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface WalkStep {
  /** The directory, relative to the share. */
  readonly path: string;
  readonly entries: Entry[];
  /** Why this directory could not be listed; it then has no entries. The walk goes on. */
  readonly error?: SmbError;
}

/**
 * Lists a directory and everything below it, many directories at once, in no fixed order. Several
 * trees of the same share on connections of their own share the work, that of one that breaks too.
 * Links are not followed, nor is a directory that lies in itself: Samba shows links as the
 * directories they lead to. A failure at the root ends the walk, as does an abort and the loss of all
 * connections; any other below the root is told in its step.
 */
export async function* walk(
  trees: readonly TreeContext[],
  root = '',
  options: WalkOptions = {},
): AsyncGenerator<WalkStep, void, undefined> {
  const walker = new Walker(trees, root, options);
  try {
    for (;;) {
      const steps = await walker.next();
      if (steps === undefined) return;
      for (const step of steps) {
        if (step.error !== undefined && step.path === root) throw step.error;
        yield step;
      }
    }
  } finally {
    walker.stop();
  }
}

/** A directory and those it lies in, as far as the server identifies them. */
interface Ancestry {
  readonly fileId: bigint;
  /** The same id on another volume below the share is another directory, of another age. */
  readonly createdAt: number;
  readonly parent: Ancestry | undefined;
}

interface Directory {
  readonly path: string;
  /** Undefined only for the root, until it is listed. */
  readonly ancestry: Ancestry | undefined;
}

interface Lane {
  readonly tree: TreeContext;
  inFlight: number;
}

/** Keeps every tree busy, and stops asking while the reader is behind. */
class Walker {
  #lanes: Lane[];
  #concurrency: number;
  #signal: AbortSignal | undefined;
  /** Last in, first out: going deep keeps the list of directories still to do short. */
  #directories: Directory[];
  #root: string;
  #steps: WalkStep[] = [];
  #inFlight = 0;
  #stopped = false;
  /** Why nothing more can be listed. */
  #failure: SmbError | undefined;
  #wake: (() => void) | undefined;

  constructor(trees: readonly TreeContext[], root: string, options: WalkOptions) {
    this.#lanes = trees.map((tree) => ({ tree, inFlight: 0 }));
    this.#concurrency = options.concurrency ?? SMB_DEFAULTS.walkConcurrency;
    assertWhole('The concurrency of a walk', this.#concurrency, 1);
    assertWhole('The number of trees to walk', trees.length, 1);
    this.#signal = options.signal;
    this.#directories = [{ path: root, ancestry: undefined }];
    this.#root = root;
  }

  /** The directories listed since the last call; undefined when there are no more. */
  async next(): Promise<WalkStep[] | undefined> {
    this.#start();
    while (this.#steps.length === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#inFlight === 0) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#steps.splice(0);
  }

  stop(): void {
    this.#stopped = true;
  }

  #start(): void {
    const limit = this.#concurrency * this.#lanes.length;
    while (
      !this.#stopped &&
      this.#failure === undefined &&
      this.#directories.length > 0 &&
      this.#inFlight < limit &&
      this.#steps.length < limit
    ) {
      void this.#list(this.#directories.pop()!);
    }
  }

  #descend(path: string, { name, fileId, createdAt }: Entry, parent: Ancestry | undefined): void {
    if (/[/\\]/.test(name)) {
      // Samba can be told to list what Unix calls so; as a path it would be somewhere else.
      const what = `The name ${JSON.stringify(name)} in "${path}" has a separator in it`;
      const error = new SmbError('invalid_path', what, { path });
      this.#steps.push({ path: joinPath(path, name), entries: [], error });
      return;
    }
    for (let above = parent; above !== undefined; above = above.parent) {
      if (above.fileId === fileId && above.createdAt === createdAt) return;
    }
    const ancestry = fileId === undefined ? parent : { fileId, createdAt, parent };
    this.#directories.push({ path: joinPath(path, name), ancestry });
  }

  /** The root is in no listing of this walk, so it is asked for by itself, beside its listing. */
  async #identify(tree: TreeContext): Promise<Ancestry | undefined> {
    try {
      const { fileId, createdAt } = await stat(tree, this.#root, { signal: this.#signal });
      return fileId === undefined ? undefined : { fileId, createdAt, parent: undefined };
    } catch {
      // Without it a link to the root is followed once; what is wrong with the root the listing tells.
      return undefined;
    }
  }

  async #list(directory: Directory): Promise<void> {
    const { path, ancestry } = directory;
    const lane = this.#lanes.reduce((least, each) =>
      each.inFlight < least.inFlight ? each : least,
    );
    this.#inFlight += 1;
    lane.inFlight += 1;
    try {
      const options = { signal: this.#signal };
      const [entries, own] = await Promise.all([
        listAll(lane.tree, path, options),
        path === this.#root ? this.#identify(lane.tree) : ancestry,
      ]);
      for (const entry of entries) {
        if (entry.kind === 'directory') this.#descend(path, entry, own);
      }
      this.#steps.push({ path, entries });
    } catch (error) {
      this.#onFailure(directory, lane, asSmbError(error, path));
    }
    lane.inFlight -= 1;
    this.#inFlight -= 1;
    this.#start();
    this.#wake?.();
  }

  #onFailure(directory: Directory, lane: Lane, error: SmbError): void {
    if (this.#signal?.aborted === true) this.#failure ??= error;
    else if (isLost(lane.tree, error)) {
      this.#lanes = this.#lanes.filter((other) => other !== lane);
      if (this.#lanes.length === 0) this.#failure ??= error;
      else this.#directories.push(directory);
    } else this.#steps.push({ path: directory.path, entries: [], error });
  }
}

/** Whether it is the whole tree that is gone, not just one directory. */
function isLost({ mux }: TreeContext, { code, status }: SmbError): boolean {
  if (mux.end !== undefined || status === Status.NETWORK_NAME_DELETED) return true;
  return code === 'closed' && status === undefined;
}

function asSmbError(error: unknown, path: string): SmbError {
  if (error instanceof SmbError) return error;
  return new SmbError('io_error', `Listing failed: ${String(error)}`, { path, cause: error });
}

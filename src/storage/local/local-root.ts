import { constants } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { basename, dirname } from 'node:path';
import { TidewatchError } from '../../errors/tidewatch-error.ts';
import { DirectoryHandle, isSame } from './directory-handle.ts';
import { encodePath } from './file-name.ts';
import type { FileSystem } from './file-system.ts';
import { localError, systemCode, throughLink } from './local-error.ts';
import { checkPath, displayPath } from './local-path.ts';

/** open(2): a directory as a place to start from, without the right to read it. Node has no name for it. */
const O_PATH = 0o10000000;

/**
 * The directory that a storage shows, remembered by device and inode. When something else stands in its
 * place (most of all the empty directory that a volume was mounted on) everything fails with
 * `disconnected`: a volume that went away must never look like one whose files were deleted.
 */
export class LocalRoot {
  readonly fs: FileSystem;
  /** Absolute, without links. */
  readonly path: string;
  readonly stats: BigIntStats;

  private constructor(fs: FileSystem, path: string, stats: BigIntStats) {
    this.fs = fs;
    this.path = path;
    this.stats = stats;
  }

  /** Throws `not_found`, `not_a_directory`, `access_denied`. The root itself may be a link. */
  static async open(root: string, fs: FileSystem): Promise<LocalRoot> {
    try {
      const path = await fs.realpath(root);
      const stats = await fs.lstat(path, { bigint: true });
      if (!stats.isDirectory()) throw new TidewatchError('not_a_directory', 'The root is a file');
      return new LocalRoot(fs, path, stats);
    } catch (error) {
      throw localError(error, '');
    }
  }

  /** Throws `disconnected` when the root is not what it was. */
  async verify(): Promise<void> {
    let now: BigIntStats;
    try {
      now = await this.fs.lstat(this.path, { bigint: true });
    } catch (error) {
      if (systemCode(error) === 'EACCES') throw localError(error, '');
      throw new TidewatchError('disconnected', GONE, { cause: error });
    }
    if (!isSame(now, this.stats)) throw new TidewatchError('disconnected', GONE);
  }

  /**
   * A directory below the root, to be closed by the caller. Of many in a row only the first and the last
   * need to verify the root.
   *
   * @throws TidewatchError `invalid_path`, `not_found`, `not_a_directory`, `access_denied` (also for
   * anything behind a link), `disconnected`.
   */
  async openDirectory(path: string, { verify = true } = {}): Promise<DirectoryHandle> {
    checkPath(path, this.fs.platform);
    if (verify) await this.verify();
    try {
      return this.fs.namesOpenFiles ? await this.#openHeld(path) : await this.#findPlain(path);
    } catch (error) {
      // A volume that goes away meanwhile: what is not there says nothing.
      await this.verify();
      throw localError(error, path);
    }
  }

  /** What the root is called where it is; '' when it is the root of the machine. */
  get name(): string {
    return basename(this.path);
  }

  /** The directory that the root is in; undefined when there is none or it may not be looked at. */
  async openParent(): Promise<DirectoryHandle | undefined> {
    const parent = dirname(this.path);
    if (parent === this.path) return undefined;
    try {
      return new DirectoryHandle(parent, await this.fs.lstat(parent, { bigint: true }));
    } catch {
      // It only helps to notice sooner that the root is gone.
      return undefined;
    }
  }

  /** Where a path is on this machine. */
  absolute(path: string): string {
    const root = this.path.endsWith('/') ? this.path.slice(0, -1) : this.path;
    return path === '' ? this.path : `${root}/${path}`;
  }

  async #openHeld(path: string): Promise<DirectoryHandle> {
    const absolute = this.absolute(path);
    const flags = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;
    let file;
    try {
      file = await this.fs.open(encodePath(absolute), flags);
    } catch (error) {
      await this.#refuseLinks(path);
      throw error;
    }
    try {
      const base = `/proc/self/fd/${file.fd}`;
      const stats = await file.stat({ bigint: true });
      const truth = await this.fs.readlink(base, { encoding: 'buffer' });
      if (!truth.equals(Buffer.from(encodePath(absolute) as string))) {
        await this.#explain(path, truth);
      }
      return new DirectoryHandle(base, stats, file);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /**
   * What was opened is elsewhere than its path says: behind a link, moved or deleted meanwhile, or on a
   * file system that takes a name in several spellings.
   */
  async #explain(path: string, truth: Buffer): Promise<void> {
    await this.#refuseLinks(path);
    const root = Buffer.from(this.path.endsWith('/') ? this.path : `${this.path}/`);
    const inside = truth.subarray(0, root.length).equals(root);
    if (!inside) throw new TidewatchError('not_found', `${displayPath(path)} was moved or deleted`);
  }

  async #findPlain(path: string): Promise<DirectoryHandle> {
    await this.#refuseLinks(path);
    const stats = await this.fs.lstat(encodePath(this.absolute(path)), { bigint: true });
    if (!stats.isDirectory()) {
      throw new TidewatchError('not_a_directory', `${displayPath(path)} is a file`);
    }
    return new DirectoryHandle(this.absolute(path), stats);
  }

  /** Throws when a name of the path is a link, or with what the system says of it. */
  async #refuseLinks(path: string): Promise<void> {
    for (let end = 0; end !== -1 && path !== '';) {
      end = path.indexOf('/', end + 1);
      const part = end === -1 ? path : path.slice(0, end);
      const stats = await this.fs.lstat(encodePath(this.absolute(part)), { bigint: true });
      if (stats.isSymbolicLink()) throw throughLink(path);
    }
  }
}

const GONE =
  'The root is gone or something else stands in its place: the volume is not mounted, or was replaced';

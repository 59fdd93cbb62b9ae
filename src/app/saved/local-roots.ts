import { realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { TidewatchError } from '../../errors/tidewatch-error.ts';

export interface LocalRootOptions {
  /** `WATCH_FOLDER_PATH`, absolute. */
  readonly watchFolder?: string | undefined;
  /** `TIDEWATCH_LOCAL_ROOTS`: absolute folders by name. */
  readonly named: Readonly<Record<string, string>>;
  /** Where the server keeps its own things, which no connection reaches. */
  readonly dataDir?: string | undefined;
}

/** The folders of this machine that the operator opened, and nothing else. */
export class LocalRoots {
  readonly #options: LocalRootOptions;

  constructor(options: LocalRootOptions) {
    this.#options = options;
  }

  /**
   * The folder that a `root_path` names: its first name may be one of the named folders, else it is
   * below the watch folder. Links on the way are followed now, and may not lead out.
   *
   * @throws TidewatchError `invalid_argument`, without the folders of the server; `not_found`.
   */
  async folder(rootPath: string): Promise<string> {
    const [first = '', ...rest] = rootPath.split('/');
    // Else the answer would tell what there is outside.
    if (rootPath.split('/').includes('..')) throw refused(rootPath, 'it leads upwards');
    const named = this.#options.named[first];
    const base = named ?? this.#options.watchFolder;
    if (base === undefined) {
      throw refused(rootPath, 'the operator of this server opened no such folder');
    }
    const below = named === undefined ? rootPath : rest.join('/');
    const root = await realOf(base, rootPath);
    const folder = await realOf(join(root, below), rootPath);
    if (!isWithin(folder, root)) throw refused(rootPath, 'it leads out of the folder that is open');
    const { dataDir } = this.#options;
    const data = dataDir === undefined ? undefined : await realpath(dataDir).catch(() => dataDir);
    if (data !== undefined && (isWithin(folder, data) || isWithin(data, folder))) {
      throw refused(rootPath, 'the server keeps its own things there');
    }
    return folder;
  }
}

/** `name=/path,…` of `TIDEWATCH_LOCAL_ROOTS`. Throws `invalid_argument`. */
export function parseLocalRoots(text: string): Readonly<Record<string, string>> {
  const roots: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const part of text.split(',')) {
    const [, name, path] = /^\s*([\w-]+)=(\/.*?)\s*$/.exec(part) ?? [];
    if (name === undefined || path === undefined || name in roots) {
      const message = `${JSON.stringify(part)} is not one more name=/absolute/folder`;
      throw new TidewatchError('invalid_argument', message);
    }
    roots[name] = path;
  }
  return roots;
}

async function realOf(path: string, told: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (cause) {
    throw new TidewatchError('not_found', `there is no folder ${JSON.stringify(told)}`, { cause });
  }
}

function isWithin(path: string, ancestor: string): boolean {
  return path === ancestor || path.startsWith(ancestor.endsWith(sep) ? ancestor : ancestor + sep);
}

function refused(rootPath: string, why: string): TidewatchError {
  const message = `the folder ${JSON.stringify(rootPath)} cannot be used: ${why}`;
  return new TidewatchError('invalid_argument', message, { fields: { root_path: why } });
}

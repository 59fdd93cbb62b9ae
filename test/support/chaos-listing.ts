import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Change } from '../../src/app/index.ts';
import type { SambaServer } from '../servers/samba.ts';
import { openShare } from './open-share.ts';
import type { OpenShare } from './open-share.ts';

export interface ListedEntry {
  readonly kind: 'file' | 'directory' | 'link';
  /** Bytes; 0 of a directory. */
  readonly size: number;
}

/** What stands in a directory, by path relative to it, `/` between the names. */
export type Listing = Map<string, ListedEntry>;

/** Lists one directory by itself, beside what is tested; a directory that is gone has no entries. */
export type Lister = () => Listing | Promise<Listing>;

/** Lists a directory on the disk of the server. */
export function diskLister(directory: string, { recursive = false } = {}): () => Listing {
  return () => {
    const found: Listing = new Map();
    listDisk(directory, '', recursive, found);
    return found;
  };
}

function listDisk(directory: string, prefix: string, recursive: boolean, found: Listing): void {
  for (const name of orNothing(() => readdirSync(directory)) ?? []) {
    const path = join(directory, name);
    const stats = orNothing(() => lstatSync(path));
    if (stats === undefined) continue;
    const kind = stats.isDirectory() ? 'directory' : stats.isSymbolicLink() ? 'link' : 'file';
    found.set(prefix + name, { kind, size: kind === 'file' ? stats.size : 0 });
    if (recursive && kind === 'directory') listDisk(path, `${prefix}${name}/`, true, found);
  }
}

/** What was there a moment ago may be gone; anything else is an error of the test. */
function orNothing<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(String((error as NodeJS.ErrnoException).code))) {
      return undefined;
    }
    throw error;
  }
}

/** A session of its own with the server, made anew after the server has dropped it. */
export class IndependentSession implements AsyncDisposable {
  readonly #samba: SambaServer;
  readonly #username: string;
  #share: Promise<OpenShare> | undefined;

  constructor(samba: SambaServer, username = 'alice') {
    this.#samba = samba;
    this.#username = username;
  }

  /** A share that is connected now. */
  async open(): Promise<OpenShare> {
    const share = await this.#share?.catch(() => undefined);
    if (share?.connection.diagnostics().state === 'open') return share;
    const password = this.#samba.users[this.#username] ?? '';
    const credentials = { username: this.#username, password };
    this.#share = openShare(this.#samba, { credentials });
    return this.#share;
  }

  /** A lister of a directory of the share. */
  lister(path: string, { recursive = false } = {}): Lister {
    return async () => {
      const found: Listing = new Map();
      await this.#list(path, '', recursive, found);
      return found;
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const share = await this.#share?.catch(() => undefined);
    this.#share = undefined;
    await share?.connection.close();
  }

  async #list(path: string, prefix: string, recursive: boolean, found: Listing): Promise<void> {
    const { tree } = await this.open();
    const below: string[] = [];
    try {
      for await (const page of tree.list(path)) {
        for (const { name, kind, size } of page) {
          found.set(prefix + name, { kind, size: kind === 'file' ? size : 0 });
          if (kind === 'directory') below.push(name);
        }
      }
    } catch (error) {
      const code = String((error as { code?: unknown }).code);
      if (!['not_found', 'access_denied', 'directory_deleted'].includes(code)) throw error;
    }
    if (!recursive) return;
    for (const name of below) {
      await this.#list(path === '' ? name : `${path}/${name}`, `${prefix}${name}/`, true, found);
    }
  }
}

/** What a reader makes of one change; an entry that is told without detail cannot be applied. */
export function applyChange(listing: Listing, change: Change): void {
  const { action, path, old_path: oldPath, kind, size = 0 } = change;
  if (action === 'removed') {
    takeOut(listing, path);
    return;
  }
  const moved = action === 'renamed' && oldPath !== undefined ? takeOut(listing, oldPath) : [];
  if (moved.length > 0) takeOut(listing, path);
  for (const [known, entry] of moved) listing.set(path + known.slice(oldPath!.length), entry);
  if (kind === undefined) {
    if (!listing.has(path)) throw new Error(`${action} ${path} was told without its kind`);
    return;
  }
  if (kind !== 'directory' && listing.get(path)?.kind === 'directory') takeOut(listing, path);
  listing.set(path, { kind, size: kind === 'file' ? size : 0 });
}

/** Removes a path and everything below it, and gives what it has removed. */
function takeOut(listing: Listing, path: string): [string, ListedEntry][] {
  const taken = [...listing].filter(([known]) => known === path || known.startsWith(`${path}/`));
  for (const [known] of taken) listing.delete(known);
  return taken;
}

/** What one has and the other has not, or has otherwise; for people. */
export function differences(told: Listing, real: Listing): string[] {
  const found: string[] = [];
  for (const path of new Set([...told.keys(), ...real.keys()])) {
    const [one, other] = [told.get(path), real.get(path)];
    if (one?.kind === other?.kind && one?.size === other?.size) continue;
    found.push(`${path}: told ${describe(one)}, is ${describe(other)}`);
  }
  return found.sort();
}

function describe(entry: ListedEntry | undefined): string {
  return entry === undefined ? 'nothing' : `a ${entry.kind} of ${entry.size} bytes`;
}

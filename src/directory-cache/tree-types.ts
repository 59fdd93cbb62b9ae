import type { ChildLinks } from './child-links.ts';
import type { NodeKind } from './entry.ts';
import type { FileIds } from './file-ids.ts';
import type { NodeLives } from './node-lives.ts';

export interface TreeOptions {
  /** Entries at most, without the root; address space is reserved for them, memory only as needed. */
  readonly maxEntries?: number | undefined;
  /** Keeps what the server calls each directory: 8 bytes and an index of 5 bytes an entry. */
  readonly fileIds?: boolean | undefined;
}

export interface NodeInfo {
  readonly name: string;
  readonly kind: NodeKind;
  readonly hidden: boolean;
  readonly system: boolean;
  readonly link: boolean;
  readonly stale: boolean;
}

/** What a listing changed. */
export interface Replaced {
  /** Nodes that are new, or another thing than before; their children are not known. */
  readonly added: number[];
  /** Names that are gone, or another thing than before. */
  readonly removed: string[];
}

/** Nodes by number; `next` is where to go on, undefined at the end. */
export interface NodeSlice {
  readonly ids: number[];
  readonly next: number | undefined;
}

export interface TreeInside {
  readonly links: ChildLinks;
  readonly lives: NodeLives;
  readonly fileIds: FileIds | undefined;
}

/** What a node of a tree stands for; links are `link: true` besides. */
export type NodeKind = 'directory' | 'file';

export interface EntryFlags {
  /** The hidden or system attribute of the server; names with a leading dot count as hidden anyway. */
  readonly hidden?: boolean | undefined;
  readonly system?: boolean | undefined;
  /** A symbolic link, junction or other reparse point: known, never looked into. */
  readonly link?: boolean | undefined;
}

/** One entry of a complete listing of a directory. */
export interface TreeEntry extends EntryFlags {
  readonly name: string;
  /** `directory` if left out. */
  readonly kind?: NodeKind | undefined;
  /** What the server calls it, which stays when it is renamed or moved. */
  readonly fileId?: bigint | undefined;
}

// Numbers of nodes and of names take 28 bits; the four above them are flags.
export const ID_BITS = 0x0fff_ffff;
/** Beside the name. */
export const IS_FILE = 1 << 28;
export const IS_HIDDEN = 1 << 29;
export const IS_SYSTEM = 1 << 30;
export const IS_LINK = 1 << 31;
/** Beside the parent: the children are in the index of large directories. */
export const IS_INDEXED = 1 << 28;
/** What is known of the children is in doubt. */
export const IS_STALE = 1 << 29;
/** Was in the listing that is being taken over. */
export const IS_SEEN = 1 << 30;

export function flagBits(kind: NodeKind, flags: EntryFlags): number {
  return (
    (kind === 'file' ? IS_FILE : 0) |
    (flags.hidden === true ? IS_HIDDEN : 0) |
    (flags.system === true ? IS_SYSTEM : 0) |
    (flags.link === true ? IS_LINK : 0)
  );
}

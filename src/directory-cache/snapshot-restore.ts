import type { DirectoryTree } from './directory-tree.ts';
import { ID_BITS, IS_FILE, IS_INDEXED, IS_STALE } from './entry.ts';
import { BLOCK_NAMES } from './name-table.ts';
import { BLOCK_NODES } from './node-columns.ts';
import { Slices } from './slices.ts';
import { UNUSED_NAME } from './snapshot-capture.ts';
import { SECTION, contentOf, corrupt, decodeSections } from './snapshot-format.ts';
import type { Section, SectionKind } from './snapshot-format.ts';
import { DEFAULTS } from '../defaults.ts';

/** How often the clock is looked at while many small things are done. */
const LOOK_EVERY = 64;
const UNKNOWN = 0;
const REACHED = 1;
const LOST = 2;
const LOOKING = 3;

/** What a snapshot says of itself. */
export interface SnapshotMeta {
  readonly nodes: number;
  readonly names: number;
  /** Milliseconds since 1970. */
  readonly savedAt: number;
  readonly fileIds: boolean;
}

/**
 * Puts a snapshot into an empty tree, a few milliseconds at a time; nobody may change the tree meanwhile.
 * Every byte is checked before the tree is touched. Throws `snapshot_corrupt` and `snapshot_foreign`.
 */
export async function restoreTree(
  tree: DirectoryTree,
  file: Buffer,
  key: Buffer,
): Promise<SnapshotMeta> {
  const slices = new Slices();
  const contents = new Map<SectionKind, Map<number, Buffer>>();
  for (const section of decodeSections(file, key)) {
    keep(contents, section, contentOf(file, section));
    if (slices.due) await slices.pause();
  }
  const meta = readMeta(contents.get(SECTION.meta)?.get(0));
  if (meta.nodes > tree.maxEntries + 1) throw corrupt('it has more entries than may be');
  const nodes = inOrder(contents.get(SECTION.nodes), Math.ceil(meta.nodes / BLOCK_NODES));
  const names = inOrder(contents.get(SECTION.names), Math.ceil(meta.names / BLOCK_NAMES));
  await restoreNames(tree, names, meta, slices);
  await restoreNodes(tree, nodes, meta, slices);
  await linkNodes(tree, slices);
  tree.restored();
  return meta;
}

function keep(
  contents: Map<SectionKind, Map<number, Buffer>>,
  { kind, index }: Section,
  content: Buffer,
): void {
  const ofKind = contents.get(kind) ?? new Map<number, Buffer>();
  contents.set(kind, ofKind.set(index, content));
}

function readMeta(content: Buffer | undefined): SnapshotMeta {
  if (content === undefined || content.length < 20) throw corrupt('it says nothing of itself');
  return {
    nodes: content.readUInt32LE(0),
    names: content.readUInt32LE(4),
    savedAt: content.readDoubleLE(8),
    fileIds: content.readUInt32LE(16) === 1,
  };
}

function inOrder(sections: Map<number, Buffer> | undefined, count: number): Buffer[] {
  return Array.from({ length: count }, (_, index) => {
    const content = sections?.get(index);
    if (content === undefined) throw corrupt('a section is missing');
    return content;
  });
}

async function restoreNames(
  { names }: DirectoryTree,
  blocks: readonly Buffer[],
  meta: SnapshotMeta,
  slices: Slices,
): Promise<void> {
  let id = 0;
  for (const block of blocks) {
    for (let at = 0; at + 2 <= block.length && id < meta.names; id += 1) {
      const length = block.readUInt16LE(at);
      at += 2;
      if (length === UNUSED_NAME) {
        names.restoreFree(id);
      } else {
        names.restore(id, block, at, at + length);
        at += length;
      }
      if (id % LOOK_EVERY === 0 && slices.due) await slices.pause();
    }
  }
}

async function restoreNodes(
  { nodes, inside }: DirectoryTree,
  blocks: readonly Buffer[],
  meta: SnapshotMeta,
  slices: Slices,
): Promise<void> {
  for (const column of nodes.all) column.ensure(meta.nodes);
  nodes.size = meta.nodes;
  for (const [index, block] of blocks.entries()) {
    const start = index * BLOCK_NODES;
    const count = Math.min(BLOCK_NODES, meta.nodes - start);
    const columns = meta.fileIds ? 5 : 3;
    if (block.length !== count * columns * 4) throw corrupt('a section has another size');
    const numbers = new Int32Array(new Uint8Array(block).buffer);
    const column = (i: number): Int32Array => numbers.subarray(i * count, (i + 1) * count);
    nodes.parent.data.set(column(0), start);
    nodes.name.data.set(column(1), start);
    nodes.verified.data.set(column(2), start);
    if (meta.fileIds) inside.fileIds?.restore(start, column(3), column(4));
    if (slices.due) await slices.pause();
  }
}

/** Chains and indexes follow from the parents; what hangs on nothing was being removed, and is free. */
async function linkNodes(tree: DirectoryTree, slices: Slices): Promise<void> {
  const { nodes, names, inside } = tree;
  const { parent, name, first, next } = nodes;
  const { size } = nodes;
  const known = new Uint8Array(size);
  const children = new Uint8Array(size);
  known[0] = REACHED;
  const way: number[] = [];
  for (let id = size - 1; id > 0; id -= 1) {
    if (id % LOOK_EVERY === 0 && slices.due) await slices.pause();
    if (reach(tree, known, id, way) === LOST) {
      nodes.release(id, 0);
      continue;
    }
    const bits = name.data[id]!;
    const above = parent.data[id]! & ID_BITS;
    parent.data[id]! &= ID_BITS | IS_STALE;
    next.data[id] = first.data[above]!;
    first.data[above] = id;
    if (children[above]! <= DEFAULTS.cacheUnindexedChildren) children[above]! += 1;
    names.useAgain(bits & ID_BITS);
    inside.lives.countIn(bits, (parent.data[id]! & IS_STALE) !== 0);
  }
  if (parent.data[0]! & IS_STALE) inside.lives.stale += 1;
  parent.data[0] = parent.data[0]! & IS_STALE;
  for (let id = 1; id < size; id += 1) {
    if (id % LOOK_EVERY === 0 && slices.due) await slices.pause();
    if (known[id] !== REACHED) continue;
    const above = parent.data[id]! & ID_BITS;
    if (children[above]! > DEFAULTS.cacheUnindexedChildren) {
      parent.data[above]! |= IS_INDEXED;
      inside.links.index(id);
    }
    inside.fileIds?.index(id);
  }
  for (let id = 0; id < names.size; id += 1) {
    if (id % LOOK_EVERY === 0 && slices.due) await slices.pause();
    names.forgetIfUnused(id);
  }
}

/** Whether a node hangs on the root by directories with names; settles it for all on the way up, for which `way` is room. */
function reach(
  { nodes, names }: DirectoryTree,
  known: Uint8Array,
  start: number,
  way: number[],
): number {
  if (known[start] === REACHED) return REACHED;
  const { parent, name } = nodes;
  let id = start;
  let steps = 0;
  while (known[id] === UNKNOWN && names.isKept(name.data[id]! & ID_BITS)) {
    known[id] = LOOKING;
    way[steps] = id;
    steps += 1;
    const above = parent.data[id]! & ID_BITS;
    if (above >= nodes.size || (name.data[above]! & IS_FILE && above !== 0)) {
      known[id] = LOST;
      break;
    }
    id = above;
  }
  if (known[id] === UNKNOWN) known[id] = LOST;
  const result = known[id] === REACHED ? REACHED : LOST;
  for (let i = 0; i < steps; i += 1) known[way[i]!] = result;
  return result;
}

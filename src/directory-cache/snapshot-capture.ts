import { crc32 } from 'node:zlib';
import { DEFAULTS } from '../defaults.ts';
import type { DirectoryTree } from './directory-tree.ts';
import { BLOCK_NAMES } from './name-table.ts';
import { MOST_NAME_BYTES } from './name-store.ts';
import { BLOCK_NODES } from './node-columns.ts';
import { SECTION } from './snapshot-format.ts';
import type { Section, SectionKind } from './snapshot-format.ts';

/** A section as it is at one moment. */
export interface Captured extends Omit<Section, 'offset'> {
  readonly content: Buffer;
}

/** Length of a name that is not in use. */
export const UNUSED_NAME = 0xffff;

/**
 * Copies a tree out section by section while it changes. A section that changed after it was copied is due
 * again; once few are, all of these are copied at one moment, and together the copies are the tree of it.
 */
export class SnapshotCapture {
  readonly #tree: DirectoryTree;
  readonly #takenAt = new Map<string, number>();
  /** Where blocks of names are put together. */
  #block = Buffer.alloc(0);

  constructor(tree: DirectoryTree) {
    this.#tree = tree;
  }

  /** Sections to copy, so that nothing is older than now. */
  due(): { readonly kind: SectionKind; readonly index: number }[] {
    const { nodes, names } = this.#tree;
    return [
      ...this.#changed(SECTION.nodes, Math.ceil(nodes.size / BLOCK_NODES), nodes.touchedAt),
      ...this.#changed(SECTION.names, Math.ceil(names.size / BLOCK_NAMES), names.touchedAt),
    ];
  }

  take(kind: SectionKind, index: number): Captured {
    const tree = this.#tree;
    const touched = kind === SECTION.nodes ? tree.nodes.touchedAt : tree.names.touchedAt;
    this.#takenAt.set(`${kind}.${index}`, touched[index] ?? 0);
    const content = kind === SECTION.nodes ? this.#nodes(index) : this.#names(index);
    return { kind, index, length: content.length, checksum: crc32(content), content };
  }

  /** All that is due, and what belongs to the same moment; undefined while too much is due for one go. */
  finish(savedAt: number): Captured[] | undefined {
    const due = this.due();
    if (due.length > DEFAULTS.cacheSnapshotFinal) return undefined;
    return [...due.map(({ kind, index }) => this.take(kind, index)), this.#meta(savedAt)];
  }

  #changed(
    kind: SectionKind,
    count: number,
    touchedAt: readonly number[],
  ): { readonly kind: SectionKind; readonly index: number }[] {
    const due = [];
    for (let index = 0; index < count; index += 1) {
      if (this.#takenAt.get(`${kind}.${index}`) !== (touchedAt[index] ?? 0))
        due.push({ kind, index });
    }
    return due;
  }

  #meta(savedAt: number): Captured {
    const { nodes, names } = this.#tree;
    const content = Buffer.alloc(24);
    content.writeUInt32LE(nodes.size, 0);
    content.writeUInt32LE(names.size, 4);
    content.writeDoubleLE(savedAt, 8);
    content.writeUInt32LE(this.#tree.inside.fileIds === undefined ? 0 : 1, 16);
    const checksum = crc32(content);
    return { kind: SECTION.meta, index: 0, length: content.length, checksum, content };
  }

  #nodes(index: number): Buffer {
    const { nodes, inside } = this.#tree;
    const ids = inside.fileIds === undefined ? [] : [inside.fileIds.low, inside.fileIds.high];
    const columns = [nodes.parent, nodes.name, nodes.verified, ...ids];
    const start = index * BLOCK_NODES;
    const count = Math.min(BLOCK_NODES, nodes.size - start);
    const copy = new Int32Array(count * columns.length);
    columns.forEach(({ data }, i) => copy.set(data.subarray(start, start + count), i * count));
    return Buffer.from(copy.buffer);
  }

  #names(index: number): Buffer {
    const { names } = this.#tree;
    const start = index * BLOCK_NAMES;
    const end = Math.min(start + BLOCK_NAMES, names.size);
    let size = 0;
    for (let id = start; id < end; id += 1) {
      this.#make(size + 2 + MOST_NAME_BYTES);
      const length = names.copyTo(id, this.#block, size + 2);
      this.#block.writeUInt16LE(length ?? UNUSED_NAME, size);
      size += 2 + (length ?? 0);
    }
    return Buffer.from(this.#block.subarray(0, size));
  }

  #make(bytes: number): void {
    if (this.#block.length >= bytes) return;
    const larger = Buffer.allocUnsafe(bytes * 2);
    this.#block.copy(larger);
    this.#block = larger;
  }
}

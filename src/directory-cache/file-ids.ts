import { HashIndex, mix } from './hash-index.ts';
import { IntColumn } from './shared-column.ts';

/** What the server calls each node: 64 bits, and an index to find nodes by them. */
export class FileIds {
  readonly low: IntColumn;
  readonly high: IntColumn;
  readonly #index: HashIndex;
  readonly #matches: (id: number) => boolean;
  #soughtLow = 0;
  #soughtHigh = 0;

  constructor(maxNodes: number) {
    this.low = new IntColumn(maxNodes);
    this.high = new IntColumn(maxNodes);
    const { low, high } = this;
    this.#index = new HashIndex((id) => hashOf(low.data[id]!, high.data[id]!));
    this.#matches = (id) => low.data[id] === this.#soughtLow && high.data[id] === this.#soughtHigh;
  }

  get bytes(): number {
    return this.low.bytes + this.high.bytes + this.#index.bytes;
  }

  get(id: number): bigint | undefined {
    const low = this.low.data[id] ?? 0;
    const high = this.high.data[id] ?? 0;
    if (low === 0 && high === 0) return undefined;
    return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  }

  /** Zero means that it is not known, as servers say it of file systems without such numbers. */
  set(id: number, fileId: bigint): void {
    this.delete(id);
    const bits = BigInt.asUintN(64, fileId);
    if (bits === 0n) return;
    this.low.ensure(id + 1);
    this.high.ensure(id + 1);
    this.low.data[id] = Number(bits & 0xffff_ffffn) | 0;
    this.high.data[id] = Number(bits >> 32n) | 0;
    this.#index.add(id);
  }

  /** Takes over those of nodes from `start`; they are found once `index` was called for each. */
  restore(start: number, low: Int32Array, high: Int32Array): void {
    this.low.ensure(start + low.length);
    this.high.ensure(start + high.length);
    this.low.data.set(low, start);
    this.high.data.set(high, start);
  }

  index(id: number): void {
    if (this.low.data[id] || this.high.data[id]) this.#index.add(id);
  }

  delete(id: number): void {
    if (this.get(id) === undefined) return;
    this.#index.delete(id);
    this.low.data[id] = 0;
    this.high.data[id] = 0;
  }

  find(fileId: bigint): number | undefined {
    const bits = BigInt.asUintN(64, fileId);
    this.#soughtLow = Number(bits & 0xffff_ffffn) | 0;
    this.#soughtHigh = Number(bits >> 32n) | 0;
    if (bits === 0n) return undefined;
    return this.#index.find(hashOf(this.#soughtLow, this.#soughtHigh), this.#matches) || undefined;
  }
}

function hashOf(low: number, high: number): number {
  return mix(low ^ mix(high));
}

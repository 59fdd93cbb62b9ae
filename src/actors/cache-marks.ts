/** What is remembered of one directory besides what the tree knows. */
export const Mark = {
  /** Waits to be listed. */
  queued: 1,
  /** Waits to be listed before all that is merely in doubt. */
  urgent: 2,
  /** Never listed: a circle, or too deep. */
  leaf: 4,
  /** Has a handle of its own that is armed. */
  watched: 8,
} as const;

const LEAST = 1_024;

/**
 * Marks and eras by the numbers of directories. An era ends whenever something may have been missed: what
 * was listed before is in doubt. Clocks are too coarse to tell that.
 */
export class CacheMarks {
  #flags = new Uint8Array(LEAST);
  #eras = new Uint32Array(LEAST);
  #era = 1;

  get era(): number {
    return this.#era;
  }

  /** Everything that was listed until now is in doubt. */
  nextEra(): void {
    this.#era += 1;
  }

  isDoubtful(id: number): boolean {
    return (this.#eras[id] ?? 0) < this.#era;
  }

  /** It was listed, by a listing that began in that era. */
  listed(id: number, era: number): void {
    this.#ensure(id);
    this.#eras[id] = era;
  }

  doubt(id: number): void {
    if (id < this.#eras.length) this.#eras[id] = 0;
  }

  has(id: number, mark: number): boolean {
    return ((this.#flags[id] ?? 0) & mark) !== 0;
  }

  set(id: number, mark: number): void {
    this.#ensure(id);
    this.#flags[id] = this.#flags[id]! | mark;
  }

  unset(id: number, mark: number): void {
    if (id < this.#flags.length) this.#flags[id] = this.#flags[id]! & ~mark;
  }

  /** Another directory has this number now. */
  reset(id: number): void {
    this.#ensure(id);
    this.#flags[id] = 0;
    this.#eras[id] = 0;
  }

  get bytes(): number {
    return this.#flags.byteLength + this.#eras.byteLength;
  }

  #ensure(id: number): void {
    if (id < this.#flags.length) return;
    const length = Math.max(id + 1, Math.ceil(this.#flags.length * 1.25));
    const flags = new Uint8Array(length);
    flags.set(this.#flags);
    this.#flags = flags;
    const eras = new Uint32Array(length);
    eras.set(this.#eras);
    this.#eras = eras;
  }
}

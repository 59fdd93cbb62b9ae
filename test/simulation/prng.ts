/**
 * Chance that can be repeated: the same seed gives the same numbers for ever (mulberry32, on a state
 * hashed from the seed and the name of what it is for). Not for secrets.
 */
export class Prng {
  readonly #seed: number;
  readonly #concern: string;
  #state: number;

  /** Different concerns of one seed have nothing to do with each other. */
  constructor(seed: number, concern = '') {
    this.#seed = seed;
    this.#concern = concern;
    this.#state = hash(`${seed}/${concern}`);
  }

  /** Chance for a part of this concern, independent of how much of this one was used. */
  split(concern: string): Prng {
    return new Prng(this.#seed, `${this.#concern}/${concern}`);
  }

  /** From 0 up to 1. */
  readonly next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** Throws when there is nothing to pick from. */
  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.next() * items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  /** One of the names, each as probable as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const entries = Object.entries<number>(weights) as [K, number][];
    let rest = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) {
      rest -= weight;
      if (rest < 0) return name;
    }
    return entries.at(-1)![0];
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.between(0, 255)));
  }
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const unit of text) value = Math.imul(value ^ unit.charCodeAt(0), 0x01000193);
  return value >>> 0;
}

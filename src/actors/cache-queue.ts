import type { CacheMarks } from './cache-marks.ts';
import { Mark } from './cache-marks.ts';

/** Numbers in the order in which they came; taking is constant time. */
class NumberQueue {
  #numbers: number[] = [];
  #next = 0;

  push(id: number): void {
    this.#numbers.push(id);
  }

  shift(): number | undefined {
    const id = this.#numbers[this.#next];
    if (id === undefined) return undefined;
    this.#next += 1;
    if (this.#next > 1_024 && this.#next * 2 > this.#numbers.length) {
      this.#numbers = this.#numbers.slice(this.#next);
      this.#next = 0;
    }
    return id;
  }
}

/** Directories that wait to be listed, each once: what was heard of before what is merely in doubt. */
export class CacheQueue {
  readonly #marks: CacheMarks;
  readonly #urgent = new NumberQueue();
  readonly #normal = new NumberQueue();
  #size = 0;

  constructor(marks: CacheMarks) {
    this.#marks = marks;
  }

  get size(): number {
    return this.#size;
  }

  add(id: number): void {
    if (this.#marks.has(id, Mark.queued)) return;
    this.#marks.set(id, Mark.queued);
    this.#size += 1;
    this.#normal.push(id);
  }

  addUrgent(id: number): void {
    if (this.#marks.has(id, Mark.urgent)) return;
    if (!this.#marks.has(id, Mark.queued)) this.#size += 1;
    this.#marks.set(id, Mark.queued | Mark.urgent);
    this.#urgent.push(id);
  }

  /** It is no longer in the tree, and its number may be another's. */
  forget(id: number): void {
    if (!this.#marks.has(id, Mark.queued)) return;
    this.#marks.unset(id, Mark.queued | Mark.urgent);
    this.#size -= 1;
  }

  take(): number | undefined {
    for (;;) {
      const id = this.#urgent.shift() ?? this.#normal.shift();
      if (id === undefined) return undefined;
      // It may have been taken before, from the other queue.
      if (!this.#marks.has(id, Mark.queued)) continue;
      this.forget(id);
      return id;
    }
  }
}

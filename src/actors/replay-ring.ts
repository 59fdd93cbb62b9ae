/** How much is kept; whichever is reached first. */
export interface ReplayLimits {
  readonly events: number;
  readonly bytes: number;
}

/** Slots at the front that may be empty before the arrays are cut. */
const SLACK = 64;

/**
 * The last events of one numbering, so that a subscriber that was away can be told what it missed. Takes
 * next to no memory before the first event. A new numbering needs a new ring.
 */
export class ReplayRing<T extends { readonly seq: number }> {
  readonly #limits: ReplayLimits;
  #events: (T | undefined)[] | undefined = undefined;
  #sizes: number[] | undefined = undefined;
  /** Where the oldest event stands; those before are gone. */
  #head = 0;
  #bytes = 0;
  /** Events up to this one are gone. */
  #gone = 0;
  #last = 0;

  constructor(limits: ReplayLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return (this.#events?.length ?? 0) - this.#head;
  }

  /** What the kept events count for. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Keeps an event, of `bytes` bytes; older ones go when there are too many. One that is too large on its
   * own is not kept.
   *
   * @throws RangeError when its `seq` is not larger than the one before.
   */
  push(event: T, bytes: number): void {
    if (event.seq <= this.#last) {
      throw new RangeError(`event ${event.seq} cannot follow event ${this.#last}`);
    }
    // The numbering may have begun elsewhere: what came before was never here.
    if (this.#last === 0) this.#gone = event.seq - 1;
    this.#last = event.seq;
    if (this.#events === undefined || this.#sizes === undefined) {
      // Of one element: an empty array takes room for seventeen with the first push, and most get one.
      this.#events = [event];
      this.#sizes = [bytes];
    } else {
      this.#events.push(event);
      this.#sizes.push(bytes);
    }
    this.#bytes += bytes;
    while (this.length > this.#limits.events || this.#bytes > this.#limits.bytes) this.#shift();
  }

  /**
   * All events with a larger `seq`, in order. Undefined when some of them are gone, or when `seq` has not
   * been reached: whoever knows it does not know this numbering.
   */
  since(seq: number): readonly T[] | undefined {
    // Written so that NaN is out of range, too.
    if (!(seq >= this.#gone && seq <= this.#last)) return undefined;
    const events = this.#events ?? [];
    let low = this.#head;
    let high = events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((events[middle]?.seq ?? 0) > seq) high = middle;
      else low = middle + 1;
    }
    return events.slice(low) as T[];
  }

  /** Forgets the events, not the numbering: a subscriber that missed none can still go on. */
  clear(): void {
    this.#events = undefined;
    this.#sizes = undefined;
    this.#head = 0;
    this.#bytes = 0;
    this.#gone = this.#last;
  }

  #shift(): void {
    const events = this.#events;
    const sizes = this.#sizes;
    if (events === undefined || sizes === undefined) return;
    this.#gone = events[this.#head]?.seq ?? this.#gone;
    this.#bytes -= sizes[this.#head] ?? 0;
    events[this.#head] = undefined;
    this.#head += 1;
    if (this.#head < SLACK || this.#head * 2 < events.length) return;
    events.splice(0, this.#head);
    sizes.splice(0, this.#head);
    this.#head = 0;
  }
}

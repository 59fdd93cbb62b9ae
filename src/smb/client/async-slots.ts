/**
 * Operations that the server holds open on one connection, such as pending notifies. Windows
 * allows 512 (server) or 64 (client edition), Samba any number (MS-SMB2 <242>): the limit is
 * learned from the first refusal.
 */
export class AsyncSlots {
  #pending = 0;
  #limit: number | undefined;

  get pending(): number {
    return this.#pending;
  }

  /** Undefined while the server has refused none. */
  get limit(): number | undefined {
    return this.#limit;
  }

  get full(): boolean {
    return this.#limit !== undefined && this.#pending >= this.#limit;
  }

  took(): void {
    this.#pending += 1;
  }

  freed(): void {
    this.#pending -= 1;
  }

  /** The server refused one more than are pending now. */
  refused(): void {
    this.#limit = Math.min(this.#limit ?? Infinity, Math.max(1, this.#pending));
  }
}

/** Things that happen, each taken once, in order: before or after somebody waits for it. */
export class Mailbox<T> {
  #items: T[] = [];
  #waiting: { readonly wants: (item: T) => boolean; readonly resolve: (item: T) => void }[] = [];

  push(item: T): void {
    const index = this.#waiting.findIndex(({ wants }) => wants(item));
    if (index < 0) this.#items.push(item);
    else this.#waiting.splice(index, 1)[0]?.resolve(item);
  }

  /** The first that was not taken yet and is wanted. */
  next(wants: (item: T) => boolean = () => true): Promise<T> {
    const index = this.#items.findIndex(wants);
    const [item] = index < 0 ? [] : this.#items.splice(index, 1);
    if (item !== undefined) return Promise.resolve(item);
    return new Promise((resolve) => {
      this.#waiting.push({ wants, resolve });
    });
  }
}

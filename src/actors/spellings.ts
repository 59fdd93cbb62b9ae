/**
 * Finds texts that differ in case or Unicode form only. Of each no more is kept than a number, since there
 * are thousands.
 */
export class Spellings {
  readonly #byHash = new Map<number, string | string[]>();

  add(text: string): void {
    const hash = hashOf(text);
    const like = this.#byHash.get(hash);
    if (like === undefined) this.#byHash.set(hash, text);
    else if (typeof like !== 'string') like.push(text);
    else if (like !== text) this.#byHash.set(hash, [like, text]);
  }

  delete(text: string): void {
    const hash = hashOf(text);
    const like = this.#byHash.get(hash);
    if (like === text) this.#byHash.delete(hash);
    else if (Array.isArray(like)) {
      const rest = like.filter((other) => other !== text);
      this.#byHash.set(hash, rest.length === 1 ? rest[0]! : rest);
    }
  }

  /** Others that are spelled like it. */
  like(text: string): string[] {
    const like = this.#byHash.get(hashOf(text));
    if (!Array.isArray(like)) return [];
    const folded = fold(text);
    return like.filter((other) => other !== text && fold(other) === folded);
  }
}

function fold(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

/** FNV-1a over UTF-16 units, 32 bits. */
function hashOf(text: string): number {
  const folded = fold(text);
  let hash = 0x811c9dc5;
  for (let at = 0; at < folded.length; at += 1) {
    hash = Math.imul(hash ^ folded.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}

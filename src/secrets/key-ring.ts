import { TidewatchError } from '../errors/tidewatch-error.ts';
import { deriveKey } from './secret-key.ts';
import type { SecretKey } from './secret-key.ts';

/**
 * The keys of a server: the newest encrypts, all decrypt, so that keys can be changed while everything
 * stays readable. Keys derived from them are derived once.
 */
export class KeyRing {
  /** Newest first. */
  #keys: readonly SecretKey[];
  readonly #derived = new Map<string, Buffer>();

  /** @param keys newest first. Throws `invalid_argument` when there is none. */
  constructor(keys: readonly SecretKey[]) {
    if (keys.length === 0) {
      throw new TidewatchError('invalid_argument', 'a ring of keys needs one key at least');
    }
    this.#keys = withoutRepeats(keys);
  }

  /** Newest first. */
  get keys(): readonly SecretKey[] {
    return this.#keys;
  }

  get newest(): SecretKey {
    return this.#keys[0] as SecretKey;
  }

  has(keyId: string): boolean {
    return this.#keys.some(({ id }) => id === keyId);
  }

  /** From now on this key encrypts; those before it still decrypt. */
  addNewest(key: SecretKey): void {
    this.#keys = withoutRepeats([key, ...this.#keys]);
  }

  /** Forgets all others: nothing is sealed with them any more. */
  keepNewest(): void {
    this.#keys = [this.newest];
    this.#derived.clear();
  }

  /** The key of that id for one purpose; undefined when the ring has no such key. */
  derived(keyId: string, purpose: string): Buffer | undefined {
    const name = `${keyId} ${purpose}`;
    const known = this.#derived.get(name);
    if (known !== undefined) return known;
    const key = this.#keys.find(({ id }) => id === keyId);
    if (key === undefined) return undefined;
    const derived = deriveKey(key, purpose);
    this.#derived.set(name, derived);
    return derived;
  }
}

function withoutRepeats(keys: readonly SecretKey[]): readonly SecretKey[] {
  return keys.filter(({ id }, index) => keys.findIndex((one) => one.id === id) === index);
}

import type { Murmur3Engine } from './murmur3-engine.ts';
import { plainEngine } from './murmur3-plain.ts';
import { wasmEngine } from './murmur3-wasm.ts';

const BLOCK = 16;

/** The fastest engine that works here: WebAssembly, else (for example under --jitless) plain code. */
export function murmur3Engine(): Murmur3Engine {
  return wasmEngine() ?? plainEngine;
}

/** MurmurHash3 x64 128 (Appleby, public domain) of a message that may come in pieces. */
export class Murmur3 {
  readonly #engine: Murmur3Engine;
  readonly #state = new Uint8Array(BLOCK);
  readonly #pending = new Uint8Array(BLOCK);
  #pendingLength = 0;
  #length = 0;

  /** `seed` is an unsigned 32-bit number. */
  constructor(seed = 0, engine: Murmur3Engine = murmur3Engine()) {
    this.#engine = engine;
    const view = new DataView(this.#state.buffer);
    view.setUint32(0, seed, true);
    view.setUint32(8, seed, true);
  }

  update(bytes: Uint8Array): this {
    let at = 0;
    this.#length += bytes.length;
    if (this.#pendingLength > 0) {
      at = Math.min(BLOCK - this.#pendingLength, bytes.length);
      this.#pending.set(bytes.subarray(0, at), this.#pendingLength);
      this.#pendingLength += at;
      if (this.#pendingLength < BLOCK) return this;
      this.#engine.blocks(this.#state, this.#pending);
      this.#pendingLength = 0;
    }
    const whole = bytes.length - ((bytes.length - at) % BLOCK);
    if (whole > at) this.#engine.blocks(this.#state, bytes.subarray(at, whole));
    this.#pending.set(bytes.subarray(whole));
    this.#pendingLength = bytes.length - whole;
    return this;
  }

  /** The 16 bytes of the hash, h1 and h2 each big-endian. Ends the hash: call it once. */
  digest(): Uint8Array {
    const tail = this.#pending.subarray(0, this.#pendingLength);
    this.#engine.finish(this.#state, tail, this.#length);
    this.#state.subarray(0, 8).reverse();
    this.#state.subarray(8).reverse();
    return this.#state;
  }
}

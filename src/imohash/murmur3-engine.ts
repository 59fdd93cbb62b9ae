/**
 * One implementation of the inner part of MurmurHash3 x64 128. The state is 16 bytes, h1 and h2, each
 * little-endian. Calls are synchronous, so one engine serves any number of hashes under way.
 */
export interface Murmur3Engine {
  readonly name: 'wasm' | 'plain';
  /** Mixes whole blocks: the length of `bytes` is a multiple of 16. */
  blocks(state: Uint8Array, bytes: Uint8Array): void;
  /** Mixes the last 0 to 15 bytes and the length of the whole message, and finishes the state. */
  finish(state: Uint8Array, tail: Uint8Array, length: number): void;
}

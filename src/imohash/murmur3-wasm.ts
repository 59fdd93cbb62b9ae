import type { Murmur3Engine } from './murmur3-engine.ts';

/** murmur3-x64-128.wat, assembled. */
export const MURMUR3_WASM =
  'AGFzbQEAAAABDgNgAX4BfmABfwBgAX4AAwYFAAAAAQIFAwEAAgccAwZtZW1vcnkCAAZibG9ja3MAAwZmaW5pc2gABArm' +
  'AgUfACAAQtWniYqR8t7hh39+Qh+JQv+mlrqyqOv6zAB+Cx8AIABC/6aWurKo6/rMAH5CIYlC1aeJipHy3uGHf34LNAAg' +
  'ACAAQiGIhULNmdbq/vrrqH9+IQAgACAAQiGIhULT2JfU4b+u50R+IQAgACAAQiGIhQuFAQIBfwJ+QcAAIQFBACkDACEC' +
  'QQgpAwAhAwJAA0AgASAATw0BIAIgASkDABAAhSECIAJCG4kgA3whAiACQgV+QqnO85YFfCECIAMgASkDCBABhSEDIANC' +
  'H4kgAnwhAyADQgV+QrW1pcIDfCEDIAFBEGohAQwACwtBACACNwMAQQggAzcDAAtoAQJ+QQApAwBBwAApAwAQAIUhAUEI' +
  'KQMAQcgAKQMAEAGFIQIgASAAhSEBIAIgAIUhAiABIAJ8IQEgAiABfCECIAEQAiEBIAIQAiECIAEgAnwhASACIAF8IQJB' +
  'ACABNwMAQQggAjcDAAs=';

/** The start of the input in the memory of the module, and how much is handed over at a time. */
const INPUT = 64;
const CHUNK = 65_536;
const BLOCK = 16;

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  blocks(end: number): void;
  finish(length: bigint): void;
}

/** The part of the WebAssembly interface used here, which only browser type libraries declare. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

let engine: Murmur3Engine | undefined;

/** The engine in WebAssembly, compiled at the first call; undefined where there is no WebAssembly. */
export function wasmEngine(): Murmur3Engine | undefined {
  const api = (globalThis as { WebAssembly?: WebAssemblyApi }).WebAssembly;
  if (api !== undefined) engine ??= compile(api);
  return engine;
}

function compile(api: WebAssemblyApi): Murmur3Engine {
  const module = new api.Module(Buffer.from(MURMUR3_WASM, 'base64'));
  const exports = new api.Instance(module).exports as Exports;
  const memory = new Uint8Array(exports.memory.buffer);
  return {
    name: 'wasm',
    blocks(state, bytes) {
      memory.set(state, 0);
      for (let at = 0; at < bytes.length; at += CHUNK) {
        const chunk = bytes.subarray(at, at + CHUNK);
        memory.set(chunk, INPUT);
        exports.blocks(INPUT + chunk.length);
      }
      state.set(memory.subarray(0, BLOCK));
    },
    finish(state, tail, length) {
      memory.set(state, 0);
      memory.set(tail, INPUT);
      memory.fill(0, INPUT + tail.length, INPUT + BLOCK);
      exports.finish(BigInt(length));
      state.set(memory.subarray(0, BLOCK));
    },
  };
}

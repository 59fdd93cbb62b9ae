import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import wabt from 'wabt';
import { loadImohashVectors, patternBytes } from '../../test/support/imohash-vectors.ts';
import { MURMUR3_WASM, wasmEngine } from './murmur3-wasm.ts';
import { plainEngine } from './murmur3-plain.ts';
import type { Murmur3Engine } from './murmur3-engine.ts';
import { Murmur3, murmur3Engine } from './murmur3.ts';

const { murmur3_x64_128: vectors } = loadImohashVectors();
const wasm = wasmEngine() as Murmur3Engine;

describe.each([wasm, plainEngine])('MurmurHash3 x64 128, engine $name', (engine) => {
  it.each(vectors.map((v) => [v.size, v.seed, v] as const))(
    'agrees with the reference for %i bytes and seed %i',
    (_size, seed, vector) => {
      const digest = new Murmur3(seed, engine).update(patternBytes(vector)).digest();
      expect(Buffer.from(digest).toString('hex')).toBe(vector.digestBE);
    },
  );

  it('gives the same hash in whatever pieces the message comes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 50 })),
        fc.nat(2 ** 32 - 1),
        (parts, seed) => {
          const whole = new Murmur3(seed, engine).update(Buffer.concat(parts)).digest();
          const hash = new Murmur3(seed, engine);
          for (const part of parts) hash.update(part);
          expect(hash.digest()).toEqual(whole);
        },
      ),
    );
  });
});

describe('the WebAssembly engine', () => {
  it('is what is used here', () => {
    expect(murmur3Engine().name).toBe('wasm');
  });

  it('agrees with plain code, also across its own buffer', () => {
    const long = patternBytes({ pattern: 'lcg', size: 200_003 });
    for (const size of [65_519, 65_520, 65_535, 65_536, 65_537, 131_072, 200_003]) {
      const bytes = long.subarray(0, size);
      const expected = new Murmur3(7, plainEngine).update(bytes).digest();
      expect(new Murmur3(7, wasm).update(bytes).digest()).toEqual(expected);
    }
  });

  it('counts lengths beyond 32 bits', () => {
    for (const length of [2 ** 32 - 1, 2 ** 32, 2 ** 40 + 5, Number.MAX_SAFE_INTEGER]) {
      const [a, b] = [new Uint8Array(16), new Uint8Array(16)];
      wasm.finish(a, Buffer.from('tail'), length);
      plainEngine.finish(b, Buffer.from('tail'), length);
      expect(a).toEqual(b);
    }
  });

  it('keeps hashes that are under way at the same time apart', () => {
    const [a, b] = [new Murmur3(1, wasm), new Murmur3(2, wasm)];
    for (let i = 0; i < 10; i++) {
      a.update(Buffer.alloc(33, i));
      b.update(Buffer.alloc(17, i));
    }
    const again = new Murmur3(1, plainEngine);
    for (let i = 0; i < 10; i++) again.update(Buffer.alloc(33, i));
    expect(a.digest()).toEqual(again.digest());
  });

  it('is what its readable form assembles to', async () => {
    const text = readFileSync(new URL('./murmur3-x64-128.wat', import.meta.url), 'utf8');
    const module = (await wabt()).parseWat('murmur3-x64-128.wat', text);
    const assembled = Buffer.from(module.toBinary({}).buffer).toString('base64');
    expect(MURMUR3_WASM).toBe(assembled);
  });
});

import type { Murmur3Engine } from './murmur3-engine.ts';

/**
 * MurmurHash3 x64 128 in plain code: each 64-bit number is a pair of 32-bit halves, high and low.
 * Slower than WebAssembly by an order of magnitude, and what that is tested against.
 */
export const plainEngine: Murmur3Engine = {
  name: 'plain',
  blocks(state, bytes) {
    const h1 = load(state, 0);
    const h2 = load(state, 8);
    for (let at = 0; at < bytes.length; at += 16) {
      xor(h1, mixK1(load(bytes, at)));
      rotate(h1, 27);
      add(h1, h2);
      multiply(h1, FIVE);
      add(h1, N1);
      xor(h2, mixK2(load(bytes, at + 8)));
      rotate(h2, 31);
      add(h2, h1);
      multiply(h2, FIVE);
      add(h2, N2);
    }
    store(h1, state, 0);
    store(h2, state, 8);
  },
  finish(state, tail, length) {
    const padded = new Uint8Array(16);
    padded.set(tail);
    const h1 = load(state, 0);
    const h2 = load(state, 8);
    xor(h1, mixK1(load(padded, 0)));
    xor(h2, mixK2(load(padded, 8)));
    const size = pair(Math.floor(length / 2 ** 32), length);
    xor(h1, size);
    xor(h2, size);
    add(h1, h2);
    add(h2, h1);
    finalMix(h1);
    finalMix(h2);
    add(h1, h2);
    add(h2, h1);
    store(h1, state, 0);
    store(h2, state, 8);
  },
};

/** A 64-bit number: two signed 32-bit halves, because that is what the bit operators give. */
interface Pair {
  high: number;
  low: number;
}

const C1 = pair(0x87c37b91, 0x114253d5);
const C2 = pair(0x4cf5ad43, 0x2745937f);
const FIVE = pair(0, 5);
const N1 = pair(0, 0x52dce729);
const N2 = pair(0, 0x38495ab5);
const F1 = pair(0xff51afd7, 0xed558ccd);
const F2 = pair(0xc4ceb9fe, 0x1a85ec53);

function pair(high: number, low: number): Pair {
  return { high: high | 0, low: low | 0 };
}

function mixK1(k: Pair): Pair {
  multiply(k, C1);
  rotate(k, 31);
  multiply(k, C2);
  return k;
}

function mixK2(k: Pair): Pair {
  multiply(k, C2);
  rotate(k, 33);
  multiply(k, C1);
  return k;
}

function finalMix(k: Pair): void {
  k.low ^= k.high >>> 1;
  multiply(k, F1);
  k.low ^= k.high >>> 1;
  multiply(k, F2);
  k.low ^= k.high >>> 1;
}

function xor(a: Pair, b: Pair): void {
  a.high ^= b.high;
  a.low ^= b.low;
}

function add(a: Pair, b: Pair): void {
  const low = (a.low >>> 0) + (b.low >>> 0);
  a.high = (a.high + b.high + (low > 0xffff_ffff ? 1 : 0)) | 0;
  a.low = low | 0;
}

/** Rotates left by 1 to 63 bits, 32 excepted. */
function rotate(a: Pair, bits: number): void {
  const { high, low } = bits < 32 ? a : { high: a.low, low: a.high };
  const n = bits % 32;
  a.high = (high << n) | (low >>> (32 - n));
  a.low = (low << n) | (high >>> (32 - n));
}

/** a *= b modulo 2^64, with the low product taken apart into 16-bit digits so that nothing rounds. */
function multiply(a: Pair, b: Pair): void {
  const a0 = a.low & 0xffff;
  const a1 = a.low >>> 16;
  const b0 = b.low & 0xffff;
  const b1 = b.low >>> 16;
  const bottom = a0 * b0;
  const middle = a1 * b0 + (bottom >>> 16);
  const carry = a0 * b1 + (middle & 0xffff);
  const top = a1 * b1 + Math.floor(middle / 0x1_0000) + Math.floor(carry / 0x1_0000);
  a.high = (Math.imul(a.high, b.low) + Math.imul(a.low, b.high) + top) | 0;
  a.low = (carry << 16) | (bottom & 0xffff);
}

function load(bytes: Uint8Array, at: number): Pair {
  return { low: word(bytes, at), high: word(bytes, at + 4) };
}

function word(bytes: Uint8Array, at: number): number {
  return (
    byte(bytes, at) |
    (byte(bytes, at + 1) << 8) |
    (byte(bytes, at + 2) << 16) |
    (byte(bytes, at + 3) << 24)
  );
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

function store(value: Pair, bytes: Uint8Array, at: number): void {
  for (let i = 0; i < 4; i++) {
    bytes[at + i] = value.low >>> (8 * i);
    bytes[at + 4 + i] = value.high >>> (8 * i);
  }
}

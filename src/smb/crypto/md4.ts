const BLOCK = 64;

/** Additive constants of rounds 2 and 3: the square roots of 2 and 3. */
const ROOT_2 = 0x5a827999;
const ROOT_3 = 0x6ed9eba1;

const SHIFTS_1 = [3, 7, 11, 19] as const;
const SHIFTS_2 = [3, 5, 9, 13] as const;
const SHIFTS_3 = [3, 9, 11, 15] as const;

const ORDER_2 = [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15] as const;
const ORDER_3 = [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15] as const;

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

/**
 * MD4 (RFC 1320), 16 bytes. Broken as a hash and used for one thing only: NTLM defines the key of a
 * password by it. Written out because OpenSSL 3 no longer offers it.
 */
export function md4(data: Buffer): Buffer {
  const padded = Buffer.alloc(Math.ceil((data.length + 9) / BLOCK) * BLOCK);
  data.copy(padded);
  padded[data.length] = 0x80;
  padded.writeUInt32LE((data.length * 8) >>> 0, padded.length - 8);
  padded.writeUInt32LE(Math.floor(data.length / 0x20000000), padded.length - 4);

  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  const words = new Int32Array(16);
  for (let at = 0; at < padded.length; at += BLOCK) {
    for (let i = 0; i < 16; i++) words[i] = padded.readInt32LE(at + i * 4);
    mix(state, words);
  }
  words.fill(0);
  padded.fill(0);

  const digest = Buffer.alloc(16);
  for (let i = 0; i < 4; i++) digest.writeInt32LE(state[i]!, i * 4);
  return digest;
}

function mix(state: Int32Array, words: Int32Array): void {
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  for (let step = 0; step < 48; step++) {
    const i = step & 15;
    let sum: number;
    let shift: number;
    if (step < 16) {
      sum = a + ((b & c) | (~b & d)) + words[i]!;
      shift = SHIFTS_1[i & 3]!;
    } else if (step < 32) {
      sum = a + ((b & c) | (b & d) | (c & d)) + words[ORDER_2[i]!]! + ROOT_2;
      shift = SHIFTS_2[i & 3]!;
    } else {
      sum = a + (b ^ c ^ d) + words[ORDER_3[i]!]! + ROOT_3;
      shift = SHIFTS_3[i & 3]!;
    }
    // Each step replaces one word and the names move on by one.
    a = d;
    d = c;
    c = b;
    b = rotate(sum | 0, shift);
  }
  state[0] = (state[0]! + a) | 0;
  state[1] = (state[1]! + b) | 0;
  state[2] = (state[2]! + c) | 0;
  state[3] = (state[3]! + d) | 0;
}

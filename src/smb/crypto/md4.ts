const BLOCK = 64;

/** Additive constants of rounds 2 and 3: the square roots of 2 and 3. */
const ROOT_2 = 0x5a827999;
const ROOT_3 = 0x6ed9eba1;

/** By how much each of four steps rotates, one table a round. */
const SHIFTS_1 = Buffer.of(3, 7, 11, 19);
const SHIFTS_2 = Buffer.of(3, 5, 9, 13);
const SHIFTS_3 = Buffer.of(3, 9, 11, 15);

/** In which order rounds 2 and 3 take the words of a block. */
const ORDER_2 = Buffer.of(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
const ORDER_3 = Buffer.of(0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15);

type State = readonly [a: number, b: number, c: number, d: number];

const START: State = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];

/**
 * MD4 (RFC 1320), 16 bytes. Broken as a hash and used for one thing only: NTLM defines the key of a
 * password by it. Written out because OpenSSL 3 no longer offers it.
 */
export function md4(data: Buffer): Buffer {
  const padded = Buffer.alloc(Math.ceil((data.length + 9) / BLOCK) * BLOCK);
  data.copy(padded);
  padded.writeUInt8(0x80, data.length);
  padded.writeUInt32LE((data.length * 8) >>> 0, padded.length - 8);
  padded.writeUInt32LE(Math.floor(data.length / 0x20000000), padded.length - 4);

  let state = START;
  for (let at = 0; at < padded.length; at += BLOCK) {
    state = mix(state, padded.subarray(at, at + BLOCK));
  }
  // It held the password.
  padded.fill(0);

  const digest = Buffer.alloc(16);
  for (const [index, word] of state.entries()) digest.writeInt32LE(word | 0, index * 4);
  return digest;
}

function mix(state: State, block: Buffer): State {
  let [a, b, c, d] = state;
  for (let step = 0; step < 48; step++) {
    const i = step & 15;
    let sum: number;
    let shift: number;
    if (step < 16) {
      sum = a + ((b & c) | (~b & d)) + block.readInt32LE(i * 4);
      shift = SHIFTS_1.readUInt8(i & 3);
    } else if (step < 32) {
      const word = block.readInt32LE(ORDER_2.readUInt8(i) * 4);
      sum = a + ((b & c) | (b & d) | (c & d)) + word + ROOT_2;
      shift = SHIFTS_2.readUInt8(i & 3);
    } else {
      const word = block.readInt32LE(ORDER_3.readUInt8(i) * 4);
      sum = a + (b ^ c ^ d) + word + ROOT_3;
      shift = SHIFTS_3.readUInt8(i & 3);
    }
    // Each step replaces one word and the names move on by one.
    a = d;
    d = c;
    c = b;
    b = (sum << shift) | ((sum | 0) >>> (32 - shift));
  }
  return [(state[0] + a) | 0, (state[1] + b) | 0, (state[2] + c) | 0, (state[3] + d) | 0];
}

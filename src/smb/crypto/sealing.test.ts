import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SmbError } from '../smb-error.ts';
import { Cipher } from '../wire/negotiate.ts';
import { decodeTransformHeader } from '../wire/transform.ts';
import { cipherKeySize, createSealer } from './sealing.ts';
import type { Sealer } from './sealing.ts';

const CIPHERS = Object.entries(Cipher);
const SESSION = 0x1122334455667788n;

/** Two ends of one session. */
function pair(cipher: number): { client: Sealer; server: Sealer } {
  const size = cipherKeySize(cipher);
  const up = Buffer.alloc(size, 1);
  const down = Buffer.alloc(size, 2);
  const random = (length: number): Buffer => Buffer.alloc(length, 0xab);
  return {
    client: createSealer(cipher, up, down, random),
    server: createSealer(cipher, down, up, random),
  };
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof SmbError) return error.code;
    throw error;
  }
  return 'nothing thrown';
}

describe.each(CIPHERS)('sealing with %s', (name, cipher) => {
  it('opens what the other side sealed, however the parts are cut', () => {
    const { client, server } = pair(cipher);
    const parts = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 4 });
    fc.assert(
      fc.property(parts, fc.nat(400), (arrays, cut) => {
        const buffers = arrays.map((bytes) => Buffer.from(bytes));
        const frame = Buffer.concat(client.seal(buffers, SESSION));
        const opened = server.open([frame.subarray(0, cut), frame.subarray(cut)]);
        expect(Buffer.concat(opened)).toEqual(Buffer.concat(buffers));
      }),
    );
  });

  it('puts size, session and a fresh nonce into the header', () => {
    const { client } = pair(cipher);
    const [first, second] = [1, 2].map(() =>
      decodeTransformHeader(Buffer.concat(client.seal([Buffer.alloc(70)], SESSION))),
    );
    expect(first).toMatchObject({ originalMessageSize: 70, flags: 1, sessionId: SESSION });
    const rest = name.endsWith('GCM') ? 'abababab00000000' : 'ababab0000000000';
    expect(first?.nonce.toString('hex')).toBe(`0100000000000000${rest}`);
    expect(second?.nonce.toString('hex')).toBe(`0200000000000000${rest}`);
    expect(second?.signature).not.toEqual(first?.signature);
  });

  it('refuses a frame of which any one bit that counts was changed', () => {
    const { client, server } = pair(cipher);
    const frame = Buffer.concat(client.seal([Buffer.from('a message of thirty-one letters')], 7n));
    for (let bit = 32; bit < frame.length * 8; bit++) {
      const damaged = Buffer.from(frame);
      damaged.writeUInt8(damaged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(codeOf(() => server.open([damaged]))).toBe('decryption_failed');
    }
    expect(Buffer.concat(server.open([frame])).toString()).toContain('thirty-one');
  });

  it('refuses a frame cut short at any place', () => {
    const { client, server } = pair(cipher);
    const frame = Buffer.concat(client.seal([Buffer.alloc(20)], 7n));
    for (let length = 0; length < frame.length; length++) {
      expect(codeOf(() => server.open([frame.subarray(0, length)]))).toBe('decryption_failed');
    }
    expect(codeOf(() => server.open([frame, Buffer.alloc(1)]))).toBe('decryption_failed');
  });

  it('refuses a frame of its own direction', () => {
    const { client } = pair(cipher);
    expect(codeOf(() => client.open(client.seal([Buffer.alloc(70)], 7n)))).toBe(
      'decryption_failed',
    );
  });

  it('keeps part boundaries where it can stream, so that nothing large is joined', () => {
    const { client, server } = pair(cipher);
    const frame = client.seal([Buffer.alloc(64), Buffer.alloc(1000)], SESSION);
    const streams = name.endsWith('GCM');
    expect(frame.map((part) => part.length)).toEqual(streams ? [52, 64, 1000] : [52, 1064]);
    expect(server.open(frame).map((part) => part.length)).toEqual(streams ? [64, 1000] : [1064]);
  });

  it('takes keys of its own size only', () => {
    const random = (length: number): Buffer => Buffer.alloc(length);
    const short = Buffer.alloc(8);
    expect(codeOf(() => createSealer(cipher, short, short, random))).toBe('invalid_argument');
  });

  it('shows no key to an inspection', () => {
    expect(JSON.stringify(pair(cipher).client)).toBe('{}');
  });
});

describe('sealing', () => {
  it('knows no other ciphers', () => {
    expect(codeOf(() => cipherKeySize(0))).toBe('unsupported');
    expect(codeOf(() => cipherKeySize(5))).toBe('unsupported');
  });
});

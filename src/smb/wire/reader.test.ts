import { describe, expect, it } from 'vitest';
import { SmbError } from '../smb-error.ts';
import { BODY } from './layout.ts';
import { Reader } from './reader.ts';

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return error instanceof SmbError ? error.code : String(error);
  }
  return 'no error';
}

describe('Reader', () => {
  const bytes = Buffer.from('0102030405060708090a0b0c0d0e0f1011', 'hex');
  const reader = new Reader(bytes, 'sample');

  it('reads little-endian numbers of every width', () => {
    expect(reader.u8(16)).toBe(0x11);
    expect(reader.u16(0)).toBe(0x0201);
    expect(reader.u32(1)).toBe(0x05040302);
    expect(reader.u64(0)).toBe(0x0807060504030201n);
  });

  it('refuses to read a single byte past the end', () => {
    for (const action of [
      () => reader.u8(17),
      () => reader.u16(16),
      () => reader.u32(14),
      () => reader.u64(10),
      () => reader.size64(10),
      () => reader.slice(10, 8),
      () => reader.fileId(2),
      () => reader.utf16(16, 2),
      () => reader.slice(-1, 1),
      () => reader.slice(0, -1),
    ]) {
      expect(codeOf(action)).toBe('protocol_error');
    }
  });

  it('reads up to the very end', () => {
    expect(reader.slice(17, 0)).toHaveLength(0);
    expect(reader.fileId(1)).toEqual(bytes.subarray(1));
  });

  it('copies file handles and gives views of everything else', () => {
    const source = Buffer.alloc(16, 1);
    const view = new Reader(source, 'sample');
    const fileId = view.fileId(0);
    const slice = view.slice(0, 16);
    source.fill(2);
    expect(fileId).toEqual(Buffer.alloc(16, 1));
    expect(slice).toEqual(Buffer.alloc(16, 2));
  });

  it('takes sizes up to the largest safe integer', () => {
    const size = Buffer.from('ffffffffffff1f00', 'hex');
    expect(new Reader(size, 'sample').size64(0)).toBe(Number.MAX_SAFE_INTEGER);
    const larger = Buffer.from('0000000000002000', 'hex');
    expect(codeOf(() => new Reader(larger, 'sample').size64(0))).toBe('protocol_error');
  });

  it('keeps unpaired surrogates and refuses half a character', () => {
    const name = Buffer.from('a\ud800b\udfff', 'utf16le');
    const text = new Reader(name, 'sample');
    expect(text.utf16(0, 8)).toBe('a\ud800b\udfff');
    expect(codeOf(() => text.utf16(0, 7))).toBe('protocol_error');
  });

  it('names what it was reading', () => {
    expect(() => reader.fail('is odd')).toThrow('sample: is odd');
  });

  it('gives no meaning to the offset of an absent part', () => {
    const message = new Reader(Buffer.alloc(BODY + 8), 'sample');
    expect(message.variable(0xffff, 0, BODY + 8)).toHaveLength(0);
    expect(codeOf(() => message.variable(BODY + 8, 1, BODY + 8))).toBe('protocol_error');
    expect(codeOf(() => message.variable(BODY, 1, BODY + 8))).toBe('protocol_error');
  });
});

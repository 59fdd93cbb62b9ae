import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyBytes, describeCodec } from '../../../test/support/codec-properties.ts';
import {
  AvId,
  avText,
  avTimestamp,
  clientAvPairs,
  decodeAvPairs,
  encodeAvPairs,
} from './av-pairs.ts';

const anyPair = fc.record({ id: fc.integer({ min: 1, max: 0xffff }), value: anyBytes(0, 40) });

describeCodec('target information', {
  arbitrary: fc.array(anyPair, { maxLength: 8 }),
  encode: encodeAvPairs,
  decode: decodeAvPairs,
});

describe('target information', () => {
  const flagsOf = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return bytes;
  };

  it('ends at its end mark, whatever follows', () => {
    const bytes = Buffer.concat([encodeAvPairs([]), Buffer.from('rubbish')]);
    expect(decodeAvPairs(bytes)).toEqual([]);
  });

  it('may end without an end mark', () => {
    expect(decodeAvPairs(Buffer.from('0100020041000200', 'hex').subarray(0, 6))).toEqual([
      { id: 1, value: Buffer.from('A\0') },
    ]);
    expect(decodeAvPairs(Buffer.alloc(0))).toEqual([]);
  });

  it('is repeated by the client with what it adds', () => {
    const server = [
      { id: AvId.NETBIOS_COMPUTER_NAME, value: Buffer.from('S\0') },
      { id: AvId.FLAGS, value: flagsOf(0x8000_0001) },
      { id: AvId.TARGET_NAME, value: Buffer.from('forged') },
      { id: 99, value: Buffer.from('unknown') },
    ];
    expect(clientAvPairs(server, 'cifs/s')).toEqual([
      server[0],
      server[3],
      { id: AvId.FLAGS, value: flagsOf(0x8000_0003) },
      { id: AvId.CHANNEL_BINDINGS, value: Buffer.alloc(16) },
      { id: AvId.TARGET_NAME, value: Buffer.from('cifs/s', 'utf16le') },
    ]);
  });

  it('refuses flags, times and names of impossible sizes', () => {
    const short = Buffer.alloc(3);
    expect(() => clientAvPairs([{ id: AvId.FLAGS, value: short }], '')).toThrow('NTLM flags');
    expect(() => avTimestamp([{ id: AvId.TIMESTAMP, value: short }])).toThrow('NTLM timestamp');
    expect(() => avText([{ id: 1, value: short }], 1)).toThrow('odd number');
  });
});

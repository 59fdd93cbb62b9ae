import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anyBytes,
  anySize,
  anyU16,
  anyU32,
  anyU64,
  describeCodec,
  outcomeOf,
} from '../../../test/support/codec-properties.ts';
import {
  Command,
  commandName,
  decodeHeader,
  encodeHeader,
  HEADER_SIZE,
  HeaderFlag,
  splitCompound,
} from './header.ts';
import type { Header } from './header.ts';
import { align8 } from './layout.ts';
import { encodeMessage } from './message.ts';

const anyHeader: fc.Arbitrary<Header> = fc
  .record({
    creditCharge: anyU16,
    status: anyU32,
    command: anyU16,
    credits: anyU16,
    flags: anyU32,
    nextCommand: anyU32,
    messageId: fc.oneof(anySize, fc.constant(-1)),
    treeId: anyU32,
    asyncId: anyU64,
    sessionId: anyU64,
  })
  .map((header) =>
    (header.flags & HeaderFlag.ASYNC) === 0 ? { ...header, asyncId: 0n } : { ...header, treeId: 0 },
  );

describeCodec('header', {
  arbitrary: anyHeader,
  encode: (header) => {
    const bytes = Buffer.alloc(HEADER_SIZE, 0xaa);
    encodeHeader(header, bytes);
    return bytes;
  },
  decode: decodeHeader,
});

describe('header', () => {
  it('writes every one of its bytes where it is told to', () => {
    const bytes = Buffer.alloc(HEADER_SIZE + 16, 0xaa);
    encodeHeader(
      decodeHeader(encodeMessage({ command: 5, messageId: 7 }, Buffer.alloc(0))),
      bytes,
      8,
    );
    expect(bytes.subarray(0, 8)).toEqual(Buffer.alloc(8, 0xaa));
    expect(bytes.subarray(8, 8 + HEADER_SIZE)).toEqual(
      encodeMessage({ command: 5, messageId: 7 }, Buffer.alloc(0)),
    );
    expect(bytes.subarray(8 + HEADER_SIZE)).toEqual(Buffer.alloc(8, 0xaa));
  });

  it('knows a message that answers no request', () => {
    const message = encodeMessage(
      { command: Command.OPLOCK_BREAK, messageId: -1 },
      Buffer.alloc(0),
    );
    expect(message.subarray(24, 32)).toEqual(Buffer.alloc(8, 0xff));
    expect(decodeHeader(message).messageId).toBe(-1);
  });

  it('refuses other protocols', () => {
    const message = encodeMessage({ command: 0 }, Buffer.alloc(0));
    for (const first of [0xfd, 0xfc, 0xff, 0x00]) {
      message[0] = first;
      expect(outcomeOf(decodeHeader, message)).toBe('refused');
    }
  });

  it('has a name for every command', () => {
    expect(commandName(Command.CHANGE_NOTIFY)).toBe('CHANGE_NOTIFY');
    expect(commandName(4711)).toBe('command 4711');
  });
});

describe('splitCompound', () => {
  const chain = (bodies: readonly Buffer[]): Buffer =>
    Buffer.concat(
      bodies.map((body, i) => {
        const last = i === bodies.length - 1;
        const padded = Buffer.alloc(last ? body.length : align8(body.length));
        body.copy(padded);
        const nextCommand = last ? 0 : HEADER_SIZE + padded.length;
        return encodeMessage({ command: i, nextCommand }, padded);
      }),
    );

  it('gives back a single message as it is', () => {
    const frame = encodeMessage({ command: 1 }, Buffer.alloc(5));
    expect(splitCompound(frame)).toEqual([frame]);
    expect(splitCompound(frame)[0]).toBe(frame);
  });

  it('cuts a chain into its messages', () => {
    fc.assert(
      fc.property(fc.array(anyBytes(0, 40), { minLength: 1, maxLength: 6 }), (bodies) => {
        const messages = splitCompound(chain(bodies));
        expect(messages.map((message) => decodeHeader(message).command)).toEqual(
          bodies.map((_, i) => i),
        );
        for (const [i, body] of bodies.entries()) {
          expect(messages[i]!.subarray(HEADER_SIZE, HEADER_SIZE + body.length)).toEqual(body);
        }
      }),
    );
  });

  it('refuses chains that lead outside, back, or to an odd place', () => {
    const two = chain([Buffer.alloc(8), Buffer.alloc(8)]);
    for (const next of [1, 8, 56, 63, 68, 76, two.length, two.length - 56, 0xfffffff8]) {
      const frame = Buffer.from(two);
      frame.writeUInt32LE(next, 20);
      expect(outcomeOf(splitCompound, frame)).toBe('refused');
    }
  });

  it('refuses a frame that has no room for a header', () => {
    expect(outcomeOf(splitCompound, Buffer.alloc(0))).toBe('refused');
    expect(outcomeOf(splitCompound, Buffer.alloc(63))).toBe('refused');
  });
});

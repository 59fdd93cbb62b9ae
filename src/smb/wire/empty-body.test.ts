import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../../test/support/codec-properties.ts';
import { decodeEmptyBody, encodeEmptyBody } from './empty-body.ts';
import { encodeMessage } from './message.ts';

describe('empty body', () => {
  const message = encodeMessage({ command: 13 }, encodeEmptyBody());

  it('is four bytes that say so', () => {
    expect(message.subarray(64).toString('hex')).toBe('04000000');
    expect(outcomeOf(decodeEmptyBody, message)).toBeUndefined();
  });

  it('is refused when it is cut off or something else', () => {
    expect(outcomeOf(decodeEmptyBody, message.subarray(0, 67))).toBe('refused');
    message[64] = 9;
    expect(outcomeOf(decodeEmptyBody, message)).toBe('refused');
  });
});

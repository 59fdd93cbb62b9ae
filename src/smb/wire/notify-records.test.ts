import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anyText,
  anyU32,
  describeCodec,
  outcomeOf,
} from '../../../test/support/codec-properties.ts';
import { decodeNotifyRecords, encodeNotifyRecords, NotifyAction } from './notify-records.ts';
import type { NotifyRecord } from './notify-records.ts';

const flat = (buffer: Buffer): NotifyRecord[] => decodeNotifyRecords(buffer, { recursive: false });
const deep = (buffer: Buffer): NotifyRecord[] => decodeNotifyRecords(buffer, { recursive: true });

const anyComponent = anyText
  .map((text) => text.replaceAll(/[\\/\0]/g, '_'))
  .filter((name) => name !== '..');
const anyPath = fc
  .array(
    anyComponent.filter((name) => name !== ''),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => parts.join('\\'));

describeCodec('notify records of one directory', {
  arbitrary: fc.array(fc.record({ action: anyU32, name: anyComponent }), { maxLength: 5 }),
  encode: encodeNotifyRecords,
  decode: flat,
});

describeCodec('notify records of a tree', {
  arbitrary: fc.array(fc.record({ action: anyU32, name: anyPath }), { maxLength: 5 }),
  encode: encodeNotifyRecords,
  decode: deep,
});

describe('notify records', () => {
  const named = (...names: string[]): Buffer =>
    encodeNotifyRecords(names.map((name) => ({ action: NotifyAction.ADDED, name })));

  it('are none in an empty buffer', () => {
    expect(flat(Buffer.alloc(0))).toEqual([]);
  });

  it('may be about the watched directory itself', () => {
    expect(flat(named(''))).toEqual([{ action: NotifyAction.ADDED, name: '' }]);
    expect(flat(named('a', '', 'b')).map(({ name }) => name)).toEqual(['a', '', 'b']);
  });

  it('have no separator unless the watch is recursive', () => {
    expect(deep(named('dir\\file'))[0]?.name).toBe('dir\\file');
    expect(outcomeOf(flat, named('dir\\file'))).toBe('refused');
    expect(outcomeOf(flat, named('dir/file'))).toBe('refused');
  });

  it('never leave the watched directory', () => {
    for (const name of [
      '..',
      '\\',
      '/',
      '\\windows',
      '/etc',
      '..\\up',
      '../up',
      'a\\..',
      'a\\..\\..\\b',
      'a/../b',
      'a\0b',
    ]) {
      expect(outcomeOf(deep, named(name)), JSON.stringify(name)).toBe('refused');
      expect(outcomeOf(flat, named(name)), JSON.stringify(name)).toBe('refused');
    }
  });

  it('may have dots that do not climb', () => {
    const names = ['...', '..a', 'a..', '.', 'a\\.b', 'a\\..b', 'a\\b..', '.hidden'];
    expect(deep(named(...names)).map(({ name }) => name)).toEqual(names);
  });

  it('follow each other at multiples of 4, forwards, without a gap at the end', () => {
    const two = named('abc', 'def');
    const next = two.readUInt32LE(0);
    expect(next % 4).toBe(0);
    for (const wrong of [1, 2, 4, 12, next - 2, two.length, two.length + 4, 0xfffffffc]) {
      const buffer = Buffer.from(two);
      buffer.writeUInt32LE(wrong, 0);
      expect(outcomeOf(flat, buffer)).toBe('refused');
    }
    expect(outcomeOf(flat, two.subarray(0, next))).toBe('refused');
  });

  it('never overlap', () => {
    // The name of the first record holds a second record that would be fine by itself.
    const inner = named('x');
    const outer = Buffer.alloc(12);
    outer.writeUInt32LE(12, 0);
    outer.writeUInt32LE(inner.length, 8);
    expect(outcomeOf(flat, Buffer.concat([outer, inner]))).toBe('refused');
  });

  it('have names of whole characters that are there', () => {
    for (const length of [1, 5, 8, 0xfffffffe]) {
      const buffer = named('abc');
      buffer.writeUInt32LE(length, 8);
      expect(outcomeOf(flat, buffer)).toBe('refused');
    }
  });
});

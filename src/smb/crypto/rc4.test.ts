import { describe, expect, it } from 'vitest';
import { Rc4, rc4 } from './rc4.ts';

const KEY = Buffer.from('Wiki');

describe('RC4', () => {
  it('decrypts what it encrypted', () => {
    const data = Buffer.from('pedia');
    expect(rc4(KEY, data).toString('hex')).toBe('1021bf0420');
    expect(rc4(KEY, rc4(KEY, data))).toEqual(data);
  });

  it('goes on where the last call ended', () => {
    const stream = new Rc4(KEY);
    const pieces = [3, 0, 5, 1].map((size) => stream.update(Buffer.alloc(size)));
    expect(Buffer.concat(pieces)).toEqual(rc4(KEY, Buffer.alloc(9)));
  });

  it('leaves its input as it was', () => {
    const data = Buffer.from('data');
    rc4(KEY, data);
    expect(data.toString()).toBe('data');
  });
});

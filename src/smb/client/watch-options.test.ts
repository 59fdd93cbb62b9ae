import { describe, expect, it } from 'vitest';
import { filterBits } from './watch-options.ts';
import type { FilterName } from './watch-options.ts';

describe('the completion filter', () => {
  it('is by default what a live directory needs, on Samba too', () => {
    expect(filterBits()).toBe(0x5f);
  });

  it('adds up the names given', () => {
    expect(filterBits(['file_name', 'stream_write'])).toBe(0x801);
  });

  it('refuses unknown names, and none at all, which would watch for ever in silence', () => {
    const invalid = expect.objectContaining({ code: 'invalid_argument' }) as Error;
    expect(() => filterBits(['names' as FilterName])).toThrow(invalid);
    expect(() => filterBits([])).toThrow(invalid);
  });
});

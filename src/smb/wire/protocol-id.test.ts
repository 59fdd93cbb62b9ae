import { describe, expect, it } from 'vitest';
import { protocolOf } from './protocol-id.ts';

describe('protocolOf', () => {
  it('tells the protocols apart by their first four bytes', () => {
    const kinds = ['fe', 'fd', 'fc', 'ff', '00'].map((first) =>
      protocolOf(Buffer.from(`${first}534d42`, 'hex')),
    );
    expect(kinds).toEqual(['smb2', 'transform', 'compressed', 'smb1', 'unknown']);
  });

  it('does not know anything shorter or different', () => {
    expect(protocolOf(Buffer.alloc(0))).toBe('unknown');
    expect(protocolOf(Buffer.from('fe534d', 'hex'))).toBe('unknown');
    expect(protocolOf(Buffer.from('HTTP/1.1'))).toBe('unknown');
  });
});

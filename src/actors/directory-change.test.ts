import { describe, expect, it } from 'vitest';
import { toChange } from './directory-change.ts';

const entry = { name: 'a', kind: 'file', size: 5, modifiedAt: 1_000, fileId: 1n } as const;

describe('a change as readers are told', () => {
  it('has kind, size and time of what is there now', () => {
    expect(toChange({ action: 'renamed', path: 'a', oldPath: 'b', entry })).toEqual({
      ...{ action: 'renamed', path: 'a', old_path: 'b', kind: 'file', size: 5 },
      modified_at: '1970-01-01T00:00:01.000Z',
    });
  });

  it('has only the kind of what is gone, and nothing of what nobody looked at', () => {
    expect(toChange({ action: 'removed', path: 'a', entry })).toEqual({
      ...{ action: 'removed', path: 'a', kind: 'file' },
    });
    expect(toChange({ action: 'added', path: 'a' })).toEqual({ action: 'added', path: 'a' });
  });

  it.each([NaN, Infinity, 1e20])(
    'takes the time %d, which no calendar has, for its beginning',
    (modifiedAt) => {
      const change = toChange({ action: 'modified', path: 'a', entry: { ...entry, modifiedAt } });
      expect(change.modified_at).toBe('1970-01-01T00:00:00.000Z');
    },
  );
});

import { describe, expect, it } from 'vitest';
import { connectionId } from './connection-id.ts';

describe('the id of a named connection', () => {
  it('is a UUID of version 5', () => {
    expect(connectionId('projects')).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it('is the same at each start and another for another name', () => {
    expect(connectionId('projects')).toBe('d393913e-b9a9-50ea-b340-13146b3a8acc');
    expect(connectionId('Projects')).not.toBe(connectionId('projects'));
    expect(connectionId('')).not.toBe(connectionId('projects'));
  });

  it('does not depend on how an accent is encoded', () => {
    expect(connectionId('caf\u00e9')).toBe(connectionId('cafe\u0301'));
  });
});

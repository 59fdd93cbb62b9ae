import { describe, expect, it } from 'vitest';
import { DEFAULTS } from '../defaults.ts';
import { limitsFrom } from './limits.ts';
import type { Limits } from './limits.ts';

describe('the limits of a runtime', () => {
  it('are the defaults of the same names', () => {
    const limits = limitsFrom();
    expect(Object.keys(limits).length).toBeGreaterThan(25);
    for (const [name, value] of Object.entries(limits)) {
      expect([name, value]).toEqual([name, DEFAULTS[name as keyof typeof DEFAULTS]]);
    }
  });

  it('take what was chosen in their place, and leave the others', () => {
    const limits = limitsFrom({ coalesceMs: 7, replayEvents: 3 });
    expect(limits).toEqual({ ...limitsFrom(), coalesceMs: 7, replayEvents: 3 });
  });

  it('are the defaults where undefined was chosen', () => {
    const chosen = { coalesceMs: undefined, lingerMs: 5 } as unknown as Partial<Limits>;
    expect(limitsFrom(chosen)).toEqual({ ...limitsFrom(), lingerMs: 5 });
  });
});

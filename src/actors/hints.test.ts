import { describe, expect, it } from 'vitest';
import { Hints } from './hints.ts';

describe('hints', () => {
  it('remember a name once, however often it is spoken of', () => {
    const hints = new Hints();
    for (let i = 0; i < 5; i += 1) hints.add({ action: 'modified', path: 'a' });
    hints.add({ action: 'modified', path: 'b' });
    expect(hints.size).toBe(2);
    expect([...hints.names()]).toEqual(['a', 'b']);
  });

  it('keep a new file new, however often it is written to', () => {
    const hints = new Hints();
    hints.add({ action: 'added', path: 'a' });
    hints.add({ action: 'modified', path: 'a' });
    expect(hints.actionOf('a')).toBe('added');
  });

  it('let the last of going and coming count', () => {
    const hints = new Hints();
    hints.add({ action: 'added', path: 'a' });
    hints.add({ action: 'removed', path: 'a' });
    expect(hints.actionOf('a')).toBe('removed');
    hints.add({ action: 'added', path: 'a' });
    expect(hints.actionOf('a')).toBe('added');
  });

  it('take a rename for two names and remember which belongs to which', () => {
    const hints = new Hints();
    hints.add({ action: 'renamed', path: 'new', oldPath: 'old' });
    expect([hints.actionOf('old'), hints.actionOf('new')]).toEqual(['removed', 'added']);
    expect([...hints.renames]).toEqual([['old', 'new']]);
  });

  it('look at the one name of a rename without the other', () => {
    const hints = new Hints();
    hints.add({ action: 'renamed', path: 'new' });
    expect([...hints.names()]).toEqual(['new']);
    expect(hints.renames.size).toBe(0);
  });

  it('know nothing of names that nobody spoke of', () => {
    expect(new Hints().actionOf('a')).toBeUndefined();
    expect(new Hints().size).toBe(0);
  });
});

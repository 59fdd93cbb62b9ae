import { describe, expect, it } from 'vitest';
import { PendingNames } from './pending-names.ts';
import { WatchedDirectory } from './watched-directory.ts';

describe('names that are pending', () => {
  it('are kept once each, and that one came or went outweighs that its content changed', () => {
    const directory = new WatchedDirectory(undefined, '');
    const pending = new PendingNames();
    expect(pending.isEmpty).toBe(true);
    pending.add(directory, 'content', 'a');
    pending.add(directory, 'entries', 'a');
    pending.add(directory, 'content', 'a');
    pending.add(directory, 'content', 'b');
    const { lost, directories } = pending.take();
    expect(lost).toBe(false);
    expect([...(directories.get(directory) ?? [])]).toEqual([
      ['a', 'entries'],
      ['b', 'content'],
    ]);
    expect(pending.isEmpty).toBe(true);
  });

  it('give way to a loss when there are too many', () => {
    const directory = new WatchedDirectory(undefined, '');
    const pending = new PendingNames(2);
    for (const name of ['a', 'b', 'c', 'd']) pending.add(directory, 'content', name);
    const taken = pending.take();
    expect(taken.lost).toBe(true);
    expect(taken.directories.size).toBe(0);
    pending.add(directory, 'content', 'e');
    expect(pending.take().lost).toBe(false);
  });
});

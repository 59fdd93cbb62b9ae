import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NotifyAction } from '../wire/notify-records.ts';
import type { NotifyRecord } from '../wire/notify-records.ts';
import { RenameJoiner } from './rename-joiner.ts';

const { ADDED, MODIFIED, REMOVED, RENAMED_NEW_NAME, RENAMED_OLD_NAME } = NotifyAction;
const record = (action: number, name: string): NotifyRecord => ({ action, name });

describe('the rename joiner', () => {
  it('tells the plain actions by their words', () => {
    const joiner = new RenameJoiner();
    const records = [record(ADDED, 'a'), record(MODIFIED, 'b'), record(REMOVED, 'sub\\c')];
    expect(joiner.feed(records)).toEqual([
      { action: 'added', path: 'a' },
      { action: 'modified', path: 'b' },
      { action: 'removed', path: 'sub/c' },
    ]);
  });

  it('joins the two halves of a rename', () => {
    const joiner = new RenameJoiner();
    const records = [record(RENAMED_OLD_NAME, 'old'), record(RENAMED_NEW_NAME, 'new')];
    expect(joiner.feed(records)).toEqual([{ action: 'renamed', path: 'new', oldPath: 'old' }]);
    expect(joiner.holding).toBe(false);
  });

  it('joins them across two answers', () => {
    const joiner = new RenameJoiner();
    expect(joiner.feed([record(ADDED, 'x'), record(RENAMED_OLD_NAME, 'old')])).toEqual([
      { action: 'added', path: 'x' },
    ]);
    expect(joiner.holding).toBe(true);
    expect(joiner.feed([record(RENAMED_NEW_NAME, 'new')])).toEqual([
      { action: 'renamed', path: 'new', oldPath: 'old' },
    ]);
  });

  it('keeps a rename that changes only the case', () => {
    const joiner = new RenameJoiner();
    const records = [record(RENAMED_OLD_NAME, 'README'), record(RENAMED_NEW_NAME, 'readme')];
    expect(joiner.feed(records)).toEqual([
      { action: 'renamed', path: 'readme', oldPath: 'README' },
    ]);
  });

  it('tells a removal when the new name does not come, in its place in the order', () => {
    const joiner = new RenameJoiner();
    joiner.feed([record(RENAMED_OLD_NAME, 'old')]);
    expect(joiner.feed([record(ADDED, 'other')])).toEqual([
      { action: 'removed', path: 'old' },
      { action: 'added', path: 'other' },
    ]);
    joiner.feed([record(RENAMED_OLD_NAME, 'older')]);
    expect(joiner.flush()).toEqual([{ action: 'removed', path: 'older' }]);
    expect(joiner.flush()).toEqual([]);
  });

  it('tells an addition when a new name comes without an old one', () => {
    expect(new RenameJoiner().feed([record(RENAMED_NEW_NAME, 'new')])).toEqual([
      { action: 'added', path: 'new' },
    ]);
  });

  it('tells stream changes as changes of their file', () => {
    const records = [record(NotifyAction.ADDED_STREAM, 'file:zone:$DATA')];
    expect(new RenameJoiner().feed(records)).toEqual([{ action: 'modified', path: 'file' }]);
  });

  it('gives up on actions that no document names', () => {
    expect(new RenameJoiner().feed([record(77, 'x')])).toBeUndefined();
  });

  it('loses no name, wherever the records are cut into answers', () => {
    const known = fc.constantFrom(ADDED, REMOVED, MODIFIED, RENAMED_OLD_NAME, RENAMED_NEW_NAME);
    const name = fc.string({ minLength: 1, maxLength: 5 }).filter((text) => !text.includes('\\'));
    const records = fc.array(fc.record({ action: known, name }), { maxLength: 40 });
    fc.assert(
      fc.property(records, fc.nat(), (all, cut) => {
        const whole = new RenameJoiner();
        const expected = [...(whole.feed(all) ?? []), ...whole.flush()];
        const joiner = new RenameJoiner();
        const at = cut % (all.length + 1);
        const parts = [all.slice(0, at), all.slice(at)];
        const told = parts.flatMap((part) => joiner.feed(part) ?? []);
        expect([...told, ...joiner.flush()]).toEqual(expected);
        const names = expected.flatMap(({ path, oldPath }) =>
          oldPath === undefined ? [path] : [oldPath, path],
        );
        expect(names).toEqual(all.map((each) => each.name));
      }),
    );
  });
});

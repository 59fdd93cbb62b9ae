import { describe, expect, it } from 'vitest';
import { settle } from '../../test/support/actor-services.ts';
import { ScriptedStorage } from '../../test/support/scripted-storage.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import { DirectoryContent, readDirectory } from './directory-content.ts';
import type { Reading } from './directory-content.ts';
import { Hints } from './hints.ts';

const { signal } = new AbortController();

function storageWith(...names: string[]): ScriptedStorage {
  const storage = new ScriptedStorage();
  for (const name of names) storage.put(name);
  return storage;
}

const read = (storage: ScriptedStorage, keepUpTo = 100): Promise<Reading> =>
  readDirectory(storage, '', { keepUpTo, signal, heard: 0 });

describe('reading a directory', () => {
  it('keeps the entries, or only a fingerprint when nobody wants them', async () => {
    const storage = storageWith('a', 'b', 'c');
    const full = await read(storage);
    expect([...full.listing!.entries()].map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    const slim = await read(storage, 0);
    expect(slim).toMatchObject({ listing: undefined, isTooLarge: false });
    expect(slim.fingerprint).toBe(full.fingerprint);
  });

  it('keeps none of too many entries, and says so', async () => {
    const storage = storageWith('a', 'b', 'c');
    expect(await read(storage, 2)).toMatchObject({ listing: undefined, isTooLarge: true });
    expect(await read(storage, 3)).toMatchObject({ isTooLarge: false });
  });

  it('fails as a whole when it cannot be read to the end', async () => {
    const storage = storageWith('a');
    storage.failing = () => new TidewatchError('disconnected', 'The link broke');
    await expect(read(storage)).rejects.toMatchObject({ code: 'disconnected' });
  });
});

describe('what is known of a directory', () => {
  it('is nothing before the first reading, so that nothing of it is news', async () => {
    const content = new DirectoryContent();
    expect([content.known, content.listing]).toEqual([false, undefined]);
    const reading = await read(storageWith('a'));
    expect(content.differsFrom(reading)).toBe(false);
    expect(content.adopt(reading, undefined)).toEqual([]);
    expect([content.known, content.listing?.size]).toEqual([true, 1]);
  });

  it('gives every difference of a later reading', async () => {
    const storage = storageWith('a', 'b');
    const content = new DirectoryContent();
    content.adopt(await read(storage), undefined);
    storage.put('c');
    storage.remove('a');
    const reading = await read(storage);
    expect(content.differsFrom(reading)).toBe(true);
    expect([...content.differences(reading)!.keys()].sort()).toEqual(['a', 'c']);
    expect(content.adopt(reading, undefined)).toHaveLength(2);
    expect(content.differsFrom(await read(storage))).toBe(false);
  });

  it('is a fingerprint, and finds that something differs, when the entries are dropped', async () => {
    const storage = storageWith('a', 'b');
    const content = new DirectoryContent();
    content.adopt(await read(storage), undefined);
    content.keepFingerprintOnly();
    expect([content.listing, content.known]).toEqual([undefined, true]);
    const same = await read(storage);
    expect(content.differsFrom(same)).toBe(false);
    expect(content.differences(same)).toBeUndefined();
    storage.write('a', 99);
    expect(content.differsFrom(await read(storage))).toBe(true);
  });

  it('follows names that were looked up', async () => {
    const storage = storageWith('a', 'b');
    const content = new DirectoryContent();
    content.adopt(await read(storage), undefined);
    storage.move('a', 'z');
    const hints = new Hints();
    hints.add({ action: 'renamed', path: 'z', oldPath: 'a' });
    const found = new Map([
      ['a', await storage.find('', 'a')],
      ['z', await storage.find('', 'z')],
    ]);
    expect(content.adoptNames(found, hints)).toMatchObject([
      { action: 'renamed', oldPath: 'a', path: 'z' },
    ]);
    expect(content.differsFrom(await read(storage))).toBe(false);
  });

  it('is read by one at a time, in order, also after one has failed', async () => {
    const content = new DirectoryContent();
    const log: string[] = [];
    const gates = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
    const runs = gates.map(({ promise }, i) =>
      content.exclusively(async () => {
        log.push(`begin ${i}`);
        await promise.finally(() => log.push(`end ${i}`));
        return i;
      }),
    );
    await settle();
    expect(log).toEqual(['begin 0']);
    gates[0]?.reject(new Error('no'));
    await expect(runs[0]).rejects.toThrow('no');
    gates[1]?.resolve();
    gates[2]?.resolve();
    expect(await Promise.all(runs.slice(1))).toEqual([1, 2]);
    expect(log).toEqual(['begin 0', 'end 0', 'begin 1', 'end 1', 'begin 2', 'end 2']);
  });
});

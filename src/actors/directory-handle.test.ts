import { describe, expect, it } from 'vitest';
import { settle } from '../../test/support/actor-services.ts';
import { ScriptedStorage } from '../../test/support/scripted-storage.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import { DirectoryHandle } from './directory-handle.ts';
import type { HandleOwner } from './directory-handle.ts';
import { Pacer } from './pacer.ts';

interface Stage {
  readonly storage: ScriptedStorage;
  readonly handle: DirectoryHandle;
  readonly told: readonly string[];
}

/** A narrow handle at the root that is armed. */
async function narrow(): Promise<Stage> {
  const storage = new ScriptedStorage();
  const told: string[] = [];
  const owner: HandleOwner = {
    news: { hinted: (changes) => void told.push(...changes.map(({ path }) => path)) },
    handleOpened: () => void told.push('opened'),
    handleArmed: () => void told.push('armed'),
    handleWidened: () => void told.push('widened'),
    handleLost: (reason) => void told.push(`lost ${reason}`),
    handleEnded: ({ code }) => void told.push(`ended ${code}`),
  };
  const handle = new DirectoryHandle(owner, {
    ...{ storage, path: '', filter: undefined, recursive: false, arming: new Pacer(1) },
    signal: new AbortController().signal,
  });
  await settle();
  expect(told.splice(0)).toEqual(['opened', 'armed']);
  return { storage, handle, told };
}

describe('a handle that is to report from below as well', () => {
  it('is a wider one once that is armed', async () => {
    const { handle, storage, told } = await narrow();
    handle.widen();
    expect(storage.open()).toHaveLength(2);
    await settle();
    expect(storage.open().map(({ request }) => request.recursive)).toEqual([true]);
    storage.tell('', { action: 'added', path: 'a/b' });
    expect(told).toEqual(['widened', 'a/b']);
    await handle.close();
    expect(storage.open()).toEqual([]);
  });

  it('leaves nothing open when there is no room for the wider one', async () => {
    const { handle, storage, told } = await narrow();
    storage.failing = () => new TidewatchError('insufficient_resources', 'No more watches');
    handle.widen();
    await settle();
    expect(told).toEqual(['ended insufficient_resources']);
    expect(storage.open()).toEqual([]);
  });

  it('leaves nothing open when the narrow one ends first', async () => {
    const { handle, storage, told } = await narrow();
    storage.isWillingToArm = false;
    handle.widen();
    await settle();
    storage.watches[0]?.listener.ended(new TidewatchError('watch_ended', 'Over'));
    await settle();
    expect(told).toEqual(['ended watch_ended']);
    expect(storage.watches[1]?.isClosed).toBe(true);
  });

  it('tells the end of the wider one in its place', async () => {
    const { handle, storage, told } = await narrow();
    handle.widen();
    await settle();
    storage.watches[1]?.listener.ended(new TidewatchError('watch_ended', 'Over'));
    await settle();
    expect(told).toEqual(['widened', 'ended watch_ended']);
    await handle.close();
  });
});

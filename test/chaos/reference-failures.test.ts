import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Change, Subscriber, WatchEvent } from '../../src/app/index.ts';
import { signalGroup } from '../servers/process-group.ts';
import { diskLister } from '../support/chaos-listing.ts';
import { ChaosReader } from '../support/chaos-reader.ts';
import { setUpChaosDirectories } from '../support/chaos-setting.ts';
import { connectionsTo, locationOf, openHandles } from '../support/chaos-stage.ts';
import { madeDirectory } from '../support/chaos-files.ts';

const changesOf = (events: readonly WatchEvent[]): Change[] =>
  events.flatMap((event) => (event.type === 'change' ? event.changes : []));

/** What a common watcher of SMB directories gets wrong, measured; and what has to happen instead. */
describe('a watched directory of a Samba server', () => {
  const chaos = setUpChaosDirectories();
  const { stages } = chaos;

  /** Follows the directory with all below, and is in force. */
  async function allBelow(): Promise<ChaosReader> {
    const { samba, dir, name } = chaos;
    const list = diskLister(dir, { recursive: true });
    const reader = await stages
      .make()
      .watch(locationOf(samba, name), { recursive: true }, { list });
    await reader.untilSubscribed();
    await samba.watchesInForce();
    return reader;
  }

  it('is live again after smbd was killed and came back a second later, and says so', async () => {
    const { samba, session, dir, name } = chaos;
    const stage = stages.make();
    const list = session.lister(name);
    const reader = await stage.watch(locationOf(samba, name), {}, { list });
    await reader.untilLive();
    signalGroup(samba.pid, 'SIGKILL');
    await reader.untilState('reconnecting');
    writeFileSync(join(dir, 'while-it-was-away'), 'x');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await samba.restart();
    await reader.untilResyncs(1);
    expect(reader.resyncs).toEqual(['reconnected']);
    await reader.untilTrue();
    await reader.untilLive();
    await samba.watchesInForce();
    const second = await stage.watch(locationOf(samba, name), {}, { list });
    await second.untilLive();
    await samba.watchesInForce();
    const { tree } = await session.open();
    await tree.writeFile(`${name}/later`, Buffer.from('more'));
    for (const one of [reader, second]) {
      await one.untilKnows('later');
      await one.untilTrue();
    }
    expect(second.resyncs).toEqual([]);
    expect(openHandles(samba, dir)).toBe(1);
  });

  it('gives its name free at once when another SMB client removes it, and is found again', async () => {
    const { samba, session, dir, name } = chaos;
    const stage = stages.make();
    const reader = await stage.watch(locationOf(samba, name), {}, { list: session.lister(name) });
    await reader.untilLive();
    await samba.watchesInForce();
    const { tree } = await session.open();
    await tree.removeDirectory(name);
    await reader.untilState('deleted');
    await expect.poll(() => openHandles(samba, dir)).toBe(0);
    expect(readdirSync(samba.share)).not.toContain(name);
    await tree.mkdir(name);
    await tree.writeFile(`${name}/again`, Buffer.from('x'));
    await reader.untilLive();
    await samba.watchesInForce();
    expect(reader.resyncs).toEqual(['recreated']);
    await reader.untilKnows('again');
    await tree.writeFile(`${name}/and-again`, Buffer.from('x'));
    await reader.untilKnows('and-again');
    await reader.untilTrue();
  });

  it('is found again after it was removed and made again on the server itself', async () => {
    const { samba, session, dir, name } = chaos;
    const stage = stages.make({ limits: { verifyIntervalMs: 400, verifyGraceMs: 50 } });
    const reader = await stage.watch(locationOf(samba, name), {}, { list: session.lister(name) });
    await reader.untilLive();
    await samba.watchesInForce();
    rmSync(dir, { recursive: true });
    await reader.untilState('deleted');
    madeDirectory(dir);
    writeFileSync(join(dir, 'again'), 'x');
    await reader.untilLive();
    await samba.watchesInForce();
    expect(reader.resyncs).toEqual(['recreated']);
    await samba.watchesInForce();
    writeFileSync(join(dir, 'and-again'), 'x');
    await reader.untilKnows('and-again');
    await reader.untilTrue();
  });

  it('leaves nothing behind when a subscriber closes itself from within its own callback', async () => {
    const { samba, session, dir, name } = chaos;
    const stage = stages.make();
    const connection = stage.connectNas(samba);
    const { tree } = await session.open();
    const others = connectionsTo(samba.port);
    for (const moment of ['subscribed', 'numbered'] as const) {
      const left = Promise.withResolvers<void>();
      const answered = Promise.withResolvers<void>();
      const close = (when: string): void => {
        if (when !== moment) return;
        subscription.close();
        left.resolve();
      };
      const subscriber: Subscriber = {
        subscribed: () => {
          answered.resolve();
          close('subscribed');
        },
        numbered: () => close('numbered'),
        state: () => undefined,
        ended: () => left.reject(new Error('it ended by itself')),
      };
      const request = { connection: connection.id, path: name, recursive: false } as const;
      const subscription = stage.runtime.subscribe({ ...request, detail: 'changes' }, subscriber);
      if (moment === 'numbered') {
        await answered.promise;
        await samba.watchesInForce();
        await tree.writeFile(`${name}/${moment}`, Buffer.from('x'));
      }
      await left.promise;
      await stage.untilNothingIsLeft();
      await expect.poll(() => openHandles(samba, dir)).toBe(0);
      expect(connectionsTo(samba.port)).toBe(others);
    }
  });

  it('shares two connections and no thread with ten others', async () => {
    const { samba, session, name } = chaos;
    const stage = stages.make();
    const { tree } = await session.open();
    const others = connectionsTo(samba.port);
    const threads = (): number => readdirSync('/proc/self/task').length;
    let before = 0;
    const readers: ChaosReader[] = [];
    for (let i = 0; i < 11; i++) {
      await tree.mkdir(`${name}/${i}`);
      const path = `${name}/${i}`;
      const reader = await stage.watch(locationOf(samba, path), {}, { list: session.lister(path) });
      readers.push(reader);
      await reader.untilLive();
      await samba.watchesInForce();
      if (i === 0) before = threads();
    }
    expect(stage.dialled).toBeLessThanOrEqual(2);
    expect(connectionsTo(samba.port) - others).toBeLessThanOrEqual(2);
    expect(threads()).toBeLessThanOrEqual(before);
    await Promise.all(
      readers.map(async (reader, i) => {
        await tree.writeFile(`${name}/${i}/file`, Buffer.from('x'));
        await reader.untilKnows('file');
        await reader.untilTrue();
      }),
    );
  });

  it('tells 400 files made on the server in far fewer events than 231', async () => {
    const { samba, session, dir, name } = chaos;
    const stage = stages.make();
    const reader = await stage.watch(locationOf(samba, name), {}, { list: session.lister(name) });
    await reader.untilLive();
    await samba.watchesInForce();
    for (let i = 0; i < 400; i++) writeFileSync(join(dir, `file-${i}`), 'x'.repeat(i));
    await reader.untilTrue();
    expect(reader.told).toBeLessThan(60);
    expect(reader.resyncs).toEqual([]);
  });

  it('sees what is made deep below on the server itself, when it is watched with all below', async () => {
    const { session, dir, name } = chaos;
    mkdirSync(join(dir, 'a', 'b'), { recursive: true });
    const reader = await allBelow();
    writeFileSync(join(dir, 'a', 'b', 'deep'), 'deep');
    await reader.untilKnows('a/b/deep');
    await reader.untilTrue(session.lister(name, { recursive: true }));
    expect(changesOf(reader.events)).toContainEqual(
      expect.objectContaining({ action: 'added', path: 'a/b/deep', kind: 'file' }),
    );
    expect(reader.resyncs).toEqual([]);
  });

  it.each(['an SMB client', 'the server itself'])(
    'tells a move between directories as one rename, in whatever order %s has it reported',
    async (mover) => {
      const { session, dir, name } = chaos;
      for (const part of ['from', 'to']) madeDirectory(join(dir, part));
      madeDirectory(join(dir, 'from', 'whole', 'deep'));
      writeFileSync(join(dir, 'from', 'file'), 'content');
      writeFileSync(join(dir, 'from', 'whole', 'deep', 'below'), 'below');
      const reader = await allBelow();
      const { tree } = await session.open();
      for (const what of ['file', 'whole']) {
        if (mover === 'an SMB client') {
          await tree.rename(`${name}/from/${what}`, `${name}/to/${what}`);
        } else renameSync(join(dir, 'from', what), join(dir, 'to', what));
        await reader.untilKnows(`to/${what}`);
      }
      await reader.untilTrue();
      const told = changesOf(reader.events).filter(({ action }) => action !== 'modified');
      expect(told).toEqual([
        expect.objectContaining({ action: 'renamed', old_path: 'from/file', path: 'to/file' }),
        expect.objectContaining({ action: 'renamed', old_path: 'from/whole', path: 'to/whole' }),
      ]);
      expect(reader.resyncs).toEqual([]);
    },
  );

  it('is the same whatever slashes its path is written with, and never above the share', async () => {
    const { samba, session, dir, name } = chaos;
    madeDirectory(join(dir, 'b'));
    const stage = stages.make();
    const { runtime } = stage;
    stage.connectNas(samba, name);
    const subscribed = ['b', '/b', '//b/', '\\b', 'b//'].map(async (path) => {
      const reader = new ChaosReader({ list: session.lister(`${name}/b`) });
      const request = { connection: 'nas', path, recursive: false, detail: 'changes' } as const;
      reader.subscription = runtime.subscribe(request, reader);
      await reader.untilSubscribed();
      await samba.watchesInForce();
      expect(reader.ending).toBeUndefined();
      return reader;
    });
    const readers = await Promise.all(subscribed);
    expect(runtime.watches()).toHaveLength(1);
    expect(runtime.watches()[0]).toMatchObject({ path: `${name}/b`, subscribers: 5 });
    const { tree } = await session.open();
    await tree.writeFile(`${name}/b/file`, Buffer.from('x'));
    for (const reader of readers) {
      await reader.untilKnows('file');
      await reader.untilTrue();
    }
    for (const path of ['../x', 'b/..', './b', 'b\\..\\..']) {
      const request = { connection: 'nas', path, recursive: false, detail: 'changes' } as const;
      const reader = new ChaosReader({ list: () => new Map() });
      expect(() => runtime.subscribe(request, reader)).toThrow(
        expect.objectContaining({ code: 'invalid_path' }),
      );
    }
    const above = runtime.watch(locationOf(samba, '../x'));
    await expect(above).rejects.toMatchObject({ code: 'invalid_path' });
    for (const reader of readers) reader.subscription?.close();
    await stage.untilNothingIsLeft();
  });

  it('is one watch for two who subscribe first at once, and closed when both have left', async () => {
    const { samba, session, dir, name } = chaos;
    const stage = stages.make();
    const { runtime } = stage;
    const list = session.lister(name);
    const both = await Promise.all(
      [name, `/${name}/`].map((path) => stage.watch(locationOf(samba, path), {}, { list })),
    );
    for (const reader of both) await reader.untilLive();
    expect(runtime.watches()).toHaveLength(1);
    expect(runtime.watches()[0]?.subscribers).toBe(2);
    expect(openHandles(samba, dir)).toBe(1);
    const [first, second] = both as [ChaosReader, ChaosReader];
    first.subscription?.close();
    first.subscription?.close();
    const { tree } = await session.open();
    await tree.writeFile(`${name}/file`, Buffer.from('x'));
    await second.untilKnows('file');
    expect(first.model.has('file')).toBe(false);
    second.subscription?.close();
    await stage.untilNothingIsLeft();
    await expect.poll(() => openHandles(samba, dir)).toBe(0);
    const next = await stage.watch(locationOf(samba, name), {}, { list });
    await next.untilLive();
    await samba.watchesInForce();
    await next.untilTrue();
  });
});

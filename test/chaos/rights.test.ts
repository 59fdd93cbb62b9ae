import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Recursion } from '../../src/app/index.ts';
import { IndependentSession } from '../support/chaos-listing.ts';
import type { Lister } from '../support/chaos-listing.ts';
import type { ChaosReader } from '../support/chaos-reader.ts';
import { setUpChaosDirectories } from '../support/chaos-setting.ts';
import { locationOf } from '../support/chaos-stage.ts';
import { hideFromAlice } from '../support/hidden-directory.ts';

/** Else smbd reads a whole directory to find a name, which not everybody may. */
const EXACT_NAMES = { share: ['case sensitive = yes'] };

describe('a directory that its account may not read', { timeout: 40_000 }, () => {
  const chaos = setUpChaosDirectories(undefined, EXACT_NAMES);
  const { stages } = chaos;
  let bob: IndependentSession;
  beforeAll(() => {
    bob = new IndependentSession(chaos.samba, 'bob');
  });
  afterAll(() => bob[Symbol.asyncDispose]());
  const hidden: (() => void)[] = [];
  afterEach(() => {
    for (const show of hidden.splice(0)) show();
  });

  /** Takes the right to list it away, which is tried at once: without that nothing here is tested. */
  async function hide(path: string): Promise<void> {
    hidden.push(hideFromAlice(path));
    const { tree } = await chaos.session.open();
    const listing = tree.list(relative(chaos.samba.share, path)).next();
    await expect(listing).rejects.toMatchObject({ code: 'access_denied' });
  }

  /** A directory that alice may not list, and bob may work in. */
  async function secretDirectory(path: string): Promise<string> {
    mkdirSync(path);
    await hide(path);
    return path;
  }

  async function begun(recursive: Recursion, list: Lister): Promise<ChaosReader> {
    const { samba, name } = chaos;
    const stage = stages.make({ limits: { deniedRetryMs: 300, verifyIntervalMs: 500 } });
    const reader = await stage.watch(locationOf(samba, name), { recursive }, { list });
    await reader.untilLive();
    return reader;
  }

  it.each([false, true, 'tree'] as const)(
    'is refused at once (all below: %s)',
    async (recursive) => {
      const { samba, dir, name } = chaos;
      await secretDirectory(join(dir, 'secret'));
      const stage = stages.make();
      const location = locationOf(samba, `${name}/secret`);
      const reader = await stage.watch(location, { recursive }, { list: () => new Map() });
      await expect(reader.untilEnded()).resolves.toMatchObject({ code: 'access_denied' });
      expect(reader.isSubscribed).toBe(false);
      await stage.untilNothingIsLeft();
    },
  );

  it.each(['tree', true] as const)(
    'below a watched one has no name told from inside (all below: %s)',
    async (recursive) => {
      const { session: alice, dir, name } = chaos;
      const secret = await secretDirectory(join(dir, 'secret'));
      await secretDirectory(join(secret, 'inner'));
      writeFileSync(join(secret, 'hidden-old'), 'x');
      const list = alice.lister(name, { recursive: recursive === true });
      const reader = await begun(recursive, list);
      const { tree } = await bob.open();
      for (const inside of ['hidden-1', 'inner/hidden-2', 'hidden-3']) {
        await tree.writeFile(`${name}/secret/${inside}`, Buffer.from('secret'));
      }
      await tree.rename(`${name}/secret/hidden-1`, `${name}/secret/hidden-4`);
      await tree.mkdir(`${name}/secret/hidden-5`);
      await tree.remove(`${name}/secret/hidden-3`);
      // Out of the secret place, and into it again.
      await tree.rename(`${name}/secret/hidden-4`, `${name}/open`);
      await reader.untilKnows('open');
      await tree.rename(`${name}/open`, `${name}/secret/hidden-6`);
      writeFileSync(join(secret, 'hidden-7'), 'x');
      writeFileSync(join(dir, 'fence'), 'x');
      await reader.untilKnows('fence');
      await reader.until('the move in', () => !reader.model.has('open'));
      if (recursive === true) await reader.untilTrue();
      const told = JSON.stringify(reader.events);
      expect(told).not.toContain('hidden');
      expect(told).not.toContain('inner');
      await reader.untilState('live');
    },
  );

  it.each([false, true])(
    'any more is denied, and live again when it may (all below: %s)',
    async (recursive) => {
      const { samba, session: alice, dir, name } = chaos;
      writeFileSync(join(dir, 'old'), 'x');
      const reader = await begun(recursive, alice.lister(name, { recursive }));
      await hide(dir);
      writeFileSync(join(dir, 'hidden'), 'x');
      await reader.untilState('denied');
      expect(reader.states.at(-1)).toMatchObject({ state: 'denied', code: 'access_denied' });
      expect(JSON.stringify(reader.events)).not.toContain('hidden');
      renameSync(join(dir, 'hidden'), join(dir, 'shown'));
      chmodSync(dir, 0o777);
      await reader.untilLive();
      expect(reader.resyncs.length).toBeGreaterThan(0);
      await reader.untilKnows('shown');
      await samba.watchesInForce();
      writeFileSync(join(dir, 'later'), 'x');
      await reader.untilKnows('later');
      await reader.untilTrue();
    },
  );

  it('below a watched one is told with all that is in it once it may be read', async () => {
    const { session: alice, dir, name } = chaos;
    const secret = await secretDirectory(join(dir, 'secret'));
    writeFileSync(join(secret, 'inside'), 'x');
    mkdirSync(join(secret, 'inner'));
    writeFileSync(join(secret, 'inner', 'deep'), 'x');
    const reader = await begun(true, alice.lister(name, { recursive: true }));
    await reader.untilTrue();
    expect([...reader.model.keys()]).toEqual(['secret']);
    chmodSync(secret, 0o755);
    await reader.untilKnows('secret/inside');
    await reader.untilKnows('secret/inner/deep');
    await reader.untilTrue();
    await hide(secret);
    writeFileSync(join(secret, 'hidden'), 'x');
    const { tree } = await alice.open();
    await tree.writeFile(`${name}/fence`, Buffer.from('x'));
    await reader.untilKnows('fence');
    expect(JSON.stringify(reader.events)).not.toContain('hidden');
    chmodSync(secret, 0o755);
    await reader.untilKnows('secret/hidden');
    await reader.untilTrue();
  });
});

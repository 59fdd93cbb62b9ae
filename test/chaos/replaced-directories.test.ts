import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ChaosReader } from '../support/chaos-reader.ts';
import { setUpChaosDirectories } from '../support/chaos-setting.ts';
import { locationOf, openHandles } from '../support/chaos-stage.ts';

/** Short, so that what no server says is found soon. */
const LIMITS = { verifyIntervalMs: 500, verifyGraceMs: 50, deletedRetryMs: 1_000 };

describe.each(['the server itself', 'another SMB client'])(
  'a watched directory that %s',
  { timeout: 40_000 },
  (who) => {
    const chaos = setUpChaosDirectories((count) => `top-${count}/dir`);
    const { stages } = chaos;

    const isLocal = who === 'the server itself';

    async function rename(from: string, to: string): Promise<void> {
      if (isLocal) renameSync(join(chaos.samba.share, from), join(chaos.samba.share, to));
      else await (await chaos.session.open()).tree.rename(from, to);
    }

    async function make(path: string): Promise<void> {
      if (isLocal) {
        mkdirSync(join(chaos.samba.share, path));
        chmodSync(join(chaos.samba.share, path), 0o777);
      } else await (await chaos.session.open()).tree.mkdir(path);
    }

    async function write(path: string): Promise<void> {
      if (isLocal) writeFileSync(join(chaos.samba.share, path), 'written');
      else await (await chaos.session.open()).tree.writeFile(path, Buffer.from('written'));
    }

    async function remove(path: string): Promise<void> {
      if (isLocal) rmSync(join(chaos.samba.share, path), { recursive: true });
      else {
        const { tree } = await chaos.session.open();
        for await (const page of tree.list(path)) {
          for (const entry of page) await tree.remove(`${path}/${entry.name}`);
        }
        await tree.removeDirectory(path);
      }
    }

    async function begun(recursive: boolean): Promise<ChaosReader> {
      const stage = stages.make({ limits: LIMITS });
      const list = chaos.session.lister(chaos.name, { recursive });
      const reader = await stage.watch(
        locationOf(chaos.samba, chaos.name),
        { recursive },
        { list },
      );
      await reader.untilLive();
      return reader;
    }

    it.each([false, true])(
      'deletes and makes again is deleted, then live (all below: %s)',
      async (recursive) => {
        const { samba, dir, name } = chaos;
        await write(`${name}/old`);
        const reader = await begun(recursive);
        for (let round = 1; round <= 3; round++) {
          await remove(name);
          await reader.untilState('deleted');
          await expect.poll(() => openHandles(samba, dir)).toBe(0);
          await make(name);
          await write(`${name}/new-${round}`);
          await reader.untilLive();
          await reader.untilKnows(`new-${round}`);
          await reader.untilTrue();
        }
        expect(reader.resyncs.filter((reason) => reason === 'recreated')).toHaveLength(3);
      },
    );

    it('renames is deleted, whatever the open handle says, and live when it comes back', async () => {
      const { name, count } = chaos;
      await write(`${name}/old`);
      const reader = await begun(false);
      await rename(name, `top-${count}/elsewhere`);
      await write(`top-${count}/elsewhere/not-here`);
      await reader.untilState('deleted');
      await rename(`top-${count}/elsewhere`, name);
      await reader.untilLive();
      expect(reader.resyncs.at(-1)).toBe('recreated');
      await reader.untilKnows('not-here');
      await write(`${name}/later`);
      await reader.untilKnows('later');
      await reader.untilTrue();
    });

    it('puts another one in the place of is found out, and said to be another one', async () => {
      const { samba, name, count } = chaos;
      await write(`${name}/old`);
      const reader = await begun(false);
      await rename(name, `top-${count}/elsewhere`);
      await make(name);
      await write(`${name}/other`);
      await reader.until('another one', () => reader.resyncs.includes('recreated'));
      await reader.untilLive();
      await reader.untilKnows('other');
      await write(`top-${count}/elsewhere/not-here`);
      await write(`${name}/later`);
      await reader.untilKnows('later');
      await reader.untilTrue();
      await expect
        .poll(() => openHandles(samba, join(samba.share, `top-${count}/elsewhere`)))
        .toBe(0);
    });

    it('takes away with the directory above it is live when both are there again', async () => {
      const { name, count } = chaos;
      const reader = await begun(false);
      await rename(`top-${count}`, `gone-${count}`);
      await reader.untilState('deleted');
      await make(`top-${count}`);
      await make(name);
      await write(`${name}/again`);
      await reader.untilLive();
      expect(reader.resyncs).toContain('recreated');
      await reader.untilKnows('again');
      await reader.untilTrue();
    });
  },
);

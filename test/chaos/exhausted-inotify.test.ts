import { readFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { SambaServer } from '../servers/samba.ts';
import { madeDirectory } from '../support/chaos-files.ts';
import { startChaosServer } from '../support/chaos-setting.ts';
import { ChaosStages, locationOf } from '../support/chaos-stage.ts';

/** Debian's own interpreter, which the set-up brings. */
const LAUNCHER = [
  '/usr/bin/python3',
  join(import.meta.dirname, '../servers/without_inotify_watches.py'),
];

describe('a server that has no inotify watches left', { timeout: 60_000 }, () => {
  const stages = new ChaosStages();
  afterEach(() => stages.stop());

  it.each([
    { depth: 'a directory', recursive: false, at: '' },
    { depth: 'all below', recursive: true, at: 'sub/' },
  ])(
    'tells at once what its clients do, and is found out about the rest: $depth',
    async ({ recursive, at }) => {
      await using server = await startChaosServer({ launcher: LAUNCHER });
      const { samba, session } = server;
      const dir = madeDirectory(join(samba.share, 'dir'));
      madeDirectory(join(dir, 'sub'));
      const stage = stages.make({ limits: { verifyIntervalMs: 1_000, verifyGraceMs: 100 } });
      const list = session.lister('dir', { recursive });
      const reader = await stage.watch(locationOf(samba, 'dir'), { recursive }, { list });
      const divergences = (): number =>
        reader.resyncs.filter((reason) => reason === 'diverged').length;
      await reader.untilLive();
      const { tree } = await session.open();
      for (let round = 1; round <= 2; round++) {
        await samba.watchesInForce();
        // It has tried, and says nothing of it.
        expect(inotifyOf(samba)).toEqual({ instances: 1, watches: 0 });
        await tree.writeFile(`dir/${at}heard-${round}`, Buffer.from('x'));
        await reader.untilKnows(`${at}heard-${round}`);
        expect(divergences()).toBe(round - 1);
        const start = performance.now();
        writeFileSync(join(dir, `${at}unheard-${round}`), 'x');
        await reader.until('diverged', () => divergences() === round);
        // The interval, the grace, and the listings.
        expect(performance.now() - start).toBeLessThan(3_000);
        await reader.untilLive();
        await reader.untilTrue();
      }
      await stage.stop();
    },
  );
});

/** What the processes of a server have of inotify. */
function inotifyOf(samba: SambaServer): { instances: number; watches: number } {
  let instances = 0;
  let watches = 0;
  for (const pid of samba.childPids()) {
    for (const fd of readdirSync(`/proc/${pid}/fd`)) {
      if (!isInotify(`/proc/${pid}/fd/${fd}`)) continue;
      instances += 1;
      const info = readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1');
      watches += info.split('\n').filter((line) => line.startsWith('inotify wd:')).length;
    }
  }
  return { instances, watches };
}

function isInotify(path: string): boolean {
  try {
    return readlinkSync(path) === 'anon_inode:inotify';
  } catch {
    // Closed between the two looks.
    return false;
  }
}

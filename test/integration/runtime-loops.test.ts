import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { SambaVariant } from '../servers/samba.ts';
import { startSamba } from '../servers/samba.ts';
import { IndependentSession } from '../support/chaos-listing.ts';
import { ChaosStages, locationOf } from '../support/chaos-stage.ts';

/** smbd follows links of its disk: to clients they are directories like any others. */
describe('a tree with links on the server that lead back into it', () => {
  const stages = new ChaosStages();
  afterEach(() => stages.stop());

  it.each([
    ['default', 'live'],
    ['nonotify', 'polling'],
  ] as const satisfies (readonly [SambaVariant, string])[])(
    'is watched once, not without end: variant %s',
    async (variant, state) => {
      const samba = await startSamba({ variant });
      const session = new IndependentSession(samba);
      try {
        mkdirSync(join(samba.share, 'dir', 'sub'), { recursive: true });
        // Each of them in each of the others, and so on: without a limit that would never end.
        for (const name of ['one', 'two']) symlinkSync('.', join(samba.share, 'dir', name));
        symlinkSync('..', join(samba.share, 'dir', 'sub', 'up'));
        const stage = stages.make({ limits: { pollMinMs: 100, pollMaxMs: 200 } });
        const reader = await stage.watch(
          locationOf(samba, 'dir'),
          { recursive: true },
          { list: session.lister('dir') },
        );
        await reader.untilSubscribed(5_000);
        expect(reader.latest).toBe(state);
        await samba.watchesInForce();
        const directories = (): number =>
          Object.values(stage.runtime.counters().watches).reduce((sum, n) => sum + n, 0);
        // Without a handle nobody knows the number of the top, so it is seen once more in each.
        expect(directories()).toBeLessThanOrEqual(state === 'live' ? 2 : 7);
        writeFileSync(join(samba.share, 'dir', 'sub', 'file'), 'x');
        await reader.until('told of the file', () =>
          reader.events.some(
            (event) =>
              event.type === 'change' && event.changes.some(({ path }) => path === 'sub/file'),
          ),
        );
        symlinkSync('.', join(samba.share, 'dir', 'three'));
        await reader.untilKnows('three');
        expect(directories()).toBeLessThanOrEqual(state === 'live' ? 2 : 9);
      } finally {
        await stages.stop();
        await session[Symbol.asyncDispose]();
        await samba.stop();
      }
    },
  );
});

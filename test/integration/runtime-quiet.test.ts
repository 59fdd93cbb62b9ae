import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { setUpChaos } from '../support/chaos-setting.ts';
import { locationOf } from '../support/chaos-stage.ts';

const COMPARISONS = 10;

describe('comparing a directory of a Samba server', () => {
  const chaos = setUpChaos();

  it('again and again is heard of by nobody', async () => {
    const { samba, session, stages } = chaos;
    for (const name of ['dir', 'dir/below']) mkdirSync(join(samba.share, name));
    for (let i = 0; i < 50; i += 1) writeFileSync(join(samba.share, 'dir', `${i}`), 'x');
    const stage = stages.make({ limits: { verifyIntervalMs: 100, verifyGraceMs: 20 } });
    const list = session.lister('dir');
    const location = locationOf(samba, 'dir');
    const readers = [
      await stage.watch(location, {}, { list }),
      await stage.watch(location, { detail: 'refresh' }, { list }),
      await stage.watch(location, { recursive: 'tree' }, { list }),
    ];
    for (const reader of readers) await reader.untilLive();
    await samba.watchesInForce();
    const { listings } = stage.runtime.counters();
    await expect
      .poll(() => stage.runtime.counters().verifications, { timeout: 10_000 })
      .toBeGreaterThan(COMPARISONS);
    for (const { told } of readers) expect(told).toBe(0);
    expect(stage.runtime.counters()).toMatchObject({ listings, divergences: 0 });
  });
});

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startSamba } from '../servers/samba.ts';
import { untilAgrees, knownTo } from '../support/cache-stage.ts';
import { ChaosStages, locationOf } from '../support/chaos-stage.ts';

describe('smoke', () => {
  const stages = new ChaosStages();
  afterEach(() => stages.stop());
  it('works', async () => {
    const samba = await startSamba({ share: ['force user = root'] });
    try {
      for (let i = 0; i < 20; i += 1)
        for (let j = 0; j < 5; j += 1)
          mkdirSync(join(samba.share, `top/d${i}/e${j}`), { recursive: true });
      const stage = stages.make();
      const cache = await stage.runtime.cache(locationOf(samba, 'top'));
      await cache.ready();
      expect(knownTo(cache).length).toBe(120);
      mkdirSync(join(samba.share, 'top/d1/new'));
      await samba.smbclient('mkdir top\\d2\\smb; rename top\\d3 top\\d4\\moved');
      await untilAgrees(cache, join(samba.share, 'top'));
      const t = performance.now();
      await stages.stop();
      expect(performance.now() - t).toBeLessThan(1_000);
    } finally {
      await samba.stop();
    }
  });
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { madeDirectory } from '../support/chaos-files.ts';
import { diskLister } from '../support/chaos-listing.ts';
import { setPassword } from '../support/chaos-server.ts';
import { startChaosServer } from '../support/chaos-setting.ts';
import { ChaosStages, connectionsTo, locationOf } from '../support/chaos-stage.ts';

describe('a logon that was rejected', () => {
  const stages = new ChaosStages();
  afterEach(() => stages.stop());

  it('is tried at once by a new start only, though the password is right again', async () => {
    await using server = await startChaosServer();
    const { samba } = server;
    const dir = madeDirectory(join(samba.share, 'dir'));
    const list = diskLister(dir);
    const location = locationOf(samba, 'dir');
    const stage = stages.make({ retry: { baseMs: 50, capMs: 200 } });
    const reader = await stage.watch(location, {}, { list });
    await reader.untilLive();
    await setPassword(samba, 'alice', 'another');
    await samba.smbcontrol('smbd', 'kill-client-ip', '127.0.0.1');
    await reader.untilState('denied');
    await setPassword(samba, 'alice', 'alicepw');
    await expect.poll(() => connectionsTo(samba.port)).toBe(0);
    const asked = stage.dialled;

    // A reader who asks for certainty.
    const told = reader.states.length;
    reader.subscription?.refresh();
    await reader.until('denied again', () => reader.states.length > told);
    await reader.untilState('denied');
    // Another who comes.
    const other = await stage.watch(location, {}, { list });
    await expect(other.untilEnded()).resolves.toMatchObject({ code: 'logon_failure' });
    // All go, and come back.
    reader.subscription?.close();
    await expect.poll(() => stage.runtime.watches()).toEqual([]);
    const again = await stage.watch(location, {}, { list });
    await expect(again.untilEnded()).resolves.toMatchObject({ code: 'logon_failure' });
    expect(stage.dialled).toBe(asked);
    await stage.stop();

    const restarted = stages.make();
    const next = await restarted.watch(location, {}, { list });
    await next.untilLive();
    await samba.watchesInForce();
    writeFileSync(join(dir, 'file'), 'x');
    await next.untilKnows('file');
    await next.untilTrue();
    await restarted.stop();
  });
});

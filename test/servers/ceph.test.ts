import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { startCeph } from './ceph.ts';
import { isFree } from './free-port.ts';
import { groupMembers } from './process-group.ts';

describe('a private S3 service', () => {
  it('starts, answers again after it was killed or frozen, and leaves nothing behind', async () => {
    const ceph = await startCeph();
    const { groups } = ceph;
    const { port, dir, endpoint } = ceph;
    const ask = async (ms: number): Promise<number> =>
      (await fetch(endpoint, { signal: AbortSignal.timeout(ms) })).status;
    try {
      expect(Object.keys(ceph.users)).toEqual(['alice', 'bob']);
      expect(JSON.parse(await ceph.admin('user', 'list'))).toEqual(
        expect.arrayContaining(['alice', 'bob']),
      );
      expect(await ask(5000)).toBe(200);
      await ceph.kill();
      expect(ceph.pid).toBe(0);
      await expect(ask(5000)).rejects.toThrow('fetch failed');
      await ceph.restart();
      expect(await ask(5000)).toBe(200);
      ceph.freeze();
      await expect(ask(200)).rejects.toThrow('timeout');
      ceph.thaw();
      expect(await ask(5000)).toBe(200);
      // It ends a frozen one as well.
      ceph.freeze();
    } finally {
      await ceph.stop();
    }
    for (const group of [...groups, ...ceph.groups]) {
      expect(groupMembers(group).filter((member) => !member.zombie)).toEqual([]);
    }
    expect(existsSync(dir)).toBe(false);
    expect(await isFree(port)).toBe(true);
  });

  it('runs beside others', async () => {
    const servers = await Promise.all([startCeph({ users: ['one'] }), startCeph({ users: [] })]);
    try {
      expect(servers[0].port).not.toBe(servers[1].port);
      for (const { endpoint } of servers) expect((await fetch(endpoint)).status).toBe(200);
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  });
});

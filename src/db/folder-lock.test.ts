import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from './folder-lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidewatch-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the lock of a folder', () => {
  it('is had by one, and the next is told who has it', async () => {
    const lock = await lockFolder(folder);
    await expect(lockFolder(folder)).rejects.toMatchObject({
      code: 'database_in_use',
      message: expect.stringMatching(
        new RegExp(`^${folder} is used by process ${process.pid} on ${hostname()}, .* since 20`),
      ) as string,
    });
    await lock.release();
    const next = await lockFolder(folder);
    await next.release();
  });

  it('leaves next to nothing behind, however often it is taken', async () => {
    for (let round = 0; round < 5; round++) await (await lockFolder(folder)).release();
    expect(readdirSync(join(folder, 'lock'))).toEqual(['claim.5']);
  });

  it('goes to one of many that want it at once, again and again', async () => {
    for (let round = 0; round < 20; round++) {
      const asked = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)));
      const got = asked.filter((one) => one.status === 'fulfilled');
      const refused = asked.filter((one) => one.status === 'rejected');
      expect(got).toHaveLength(1);
      for (const { reason } of refused) expect(reason).toHaveProperty('code', 'database_in_use');
      await got[0]?.value.release();
    }
  });

  it('can be taken in a folder whose path is too long for a socket', async () => {
    const deep = join(folder, 'x'.repeat(120), 'y'.repeat(120));
    mkdirSync(deep, { recursive: true });
    const lock = await lockFolder(deep);
    await expect(lockFolder(deep)).rejects.toHaveProperty('code', 'database_in_use');
    await lock.release();
    expect(readdirSync(join(deep, 'lock'))).toEqual(['claim.1']);
  });

  it('cannot be taken where nothing can be made, and says so', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(lockFolder(file)).rejects.toHaveProperty('code', 'data_folder_unusable');
  });
});

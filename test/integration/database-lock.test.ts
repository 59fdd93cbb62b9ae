import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/root.ts';
import { lockFolder } from '../../src/db/folder-lock.ts';

let folder: string;
const children = new Set<ChildProcess>();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidewatch-lock-'));
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  rmSync(folder, { recursive: true });
});

function start(what: 'hold' | 'race') {
  const script = join(ROOT, 'test/support/locking-process.ts');
  const child = spawn(process.execPath, [script, folder, what], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  return child;
}

describe('the lock of a folder', () => {
  it('is kept by a process as long as it lives, even stopped, and no longer', async () => {
    const child = start('hold');
    await once(child.stdout, 'data');
    await expect(lockFolder(folder)).rejects.toThrow(`used by process ${child.pid} on`);
    child.kill('SIGSTOP');
    await expect(lockFolder(folder)).rejects.toHaveProperty('code', 'database_in_use');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const lock = await lockFolder(folder);
    await lock.release();
  });

  it('is taken from a dead process whose number another one has now', async () => {
    const child = start('hold');
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const [info = ''] = readdirSync(join(folder, 'lock')).filter((name) => name.endsWith('.json'));
    // As after the start of a container, where every process has the number it had before.
    const owner = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
    writeFileSync(join(folder, 'lock', info), JSON.stringify(owner));
    await expect(lockFolder(folder).then((lock) => lock.release())).resolves.toBeUndefined();
  });

  it('is never had by two, whoever races and dies', { timeout: 60_000 }, async () => {
    const told: string[] = [];
    const contend = async (): Promise<void> => {
      for (let round = 0; round < 6; round++) told.push(await text(start('race').stdout));
    };
    await Promise.all([contend(), contend(), contend(), contend()]);
    expect(told).toHaveLength(24);
    // Anything else, such as EEXIST, would mean that two worked at once.
    expect(told.filter((line) => !/^(worked|database_in_use .*)\n$/.test(line))).toEqual([]);
    expect(told.filter((line) => line === 'worked\n').length).toBeGreaterThan(3);
  });
});

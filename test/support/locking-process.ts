import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { lockFolder } from '../../src/db/folder-lock.ts';

/*
 * node locking-process.ts FOLDER hold|race: takes the lock of a folder. `hold` says so and waits to be
 * killed. `race` works for a moment on what only one may work on, and ends with or without letting go.
 */
const [folder = '', what] = process.argv.slice(2);
try {
  const lock = await lockFolder(folder);
  if (what === 'hold') {
    process.stdout.write('locked\n');
    await new Promise(() => setInterval(() => undefined, 60_000));
  }
  const alone = join(folder, 'alone');
  // Fails when somebody else works there.
  writeFileSync(alone, '', { flag: 'wx' });
  await after(Math.random() * 20);
  rmSync(alone);
  process.stdout.write('worked\n');
  if (Math.random() < 0.5) process.kill(process.pid, 'SIGKILL');
  await lock.release();
} catch (error) {
  const { code, message } = error as { code?: string; message?: string };
  process.stdout.write(`${code} ${message}\n`);
}

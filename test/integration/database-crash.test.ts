import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/root.ts';
import { SILENT } from '../../src/actors/logger.ts';
import type { Database } from '../../src/db/database.ts';
import type { NodeFileSystem } from '../../src/db/embedded/durable-file-system.ts';
import { openEmbedded } from '../../src/db/embedded/open-embedded.ts';
import { OneTimeTask } from '../../src/db/entities/index.ts';
import { Prng } from '../simulation/prng.ts';
import { PowerCut } from '../support/power-cut.ts';
import { FAST_DIRECTORY, freshDataDir, openUntilEnd } from '../support/test-database.ts';

const folders: string[] = [];
beforeEach(() => {
  folders.length = 0;
});
afterEach(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
const open = openUntilEnd();

async function dataDir(): Promise<string> {
  const folder = await freshDataDir();
  folders.push(folder);
  return folder;
}

async function rowsOf(database: Database): Promise<Set<number>> {
  const tasks = await database.em().findAll(OneTimeTask);
  return new Set(tasks.map(({ name }) => Number(name.replace('row ', ''))));
}

describe('a process that is killed while it writes', () => {
  it('loses nothing that was committed, however often', { timeout: 60_000 }, async () => {
    const dir = await dataDir();
    const random = new Prng(1, 'kill');
    let last = 0;
    for (let round = 0; round < 6; round++) {
      const script = join(ROOT, 'test/support/writing-process.ts');
      const child = spawn(process.execPath, [script, dir, String(last + 1)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let toCome = random.between(1, 60);
      for await (const line of createInterface({ input: child.stdout })) {
        last = Number(line);
        // More lines may be on their way: they count as well.
        if (--toCome === 0) child.kill('SIGKILL');
      }
      if (child.signalCode === null) await once(child, 'exit');
      expect(child.signalCode).toBe('SIGKILL');

      const database = await open({ dataDir: dir });
      const rows = await rowsOf(database);
      const missing = Array.from({ length: last }, (_, i) => i + 1).filter((i) => !rows.has(i));
      expect(missing).toEqual([]);
      // Also what was committed and not told any more.
      last = Math.max(...rows);
      await database.close();
    }
    expect(last).toBeGreaterThan(20);
  });
});

interface Cut {
  readonly folder: string;
  /** Rows that were committed when the power went. */
  readonly committed: number;
}

/** Writes rows, and takes down what would be left of them after cuts at moments by chance. */
async function writeThroughCuts(
  seed: number,
  adjust: (cut: PowerCut, files: NodeFileSystem) => void,
): Promise<Cut[]> {
  const dir = await dataDir();
  const folder = join(dir, 'db');
  const random = new Prng(seed, 'power');
  const power = new PowerCut(join(folder, 'data'));
  const cuts: Cut[] = [];
  let committed = 0;
  let untilCut = Infinity;
  power.onMoment = () => {
    if (cuts.length === 5 || --untilCut > 0) return;
    untilCut = random.between(1, 150);
    const target = mkdtempSync(join(FAST_DIRECTORY, 'tidewatch-cut-'));
    folders.push(target);
    // Every other time some of what was not synced is there all the same.
    power.writeTo(join(target, 'data'), cuts.length % 2 === 0 ? undefined : random.next);
    cuts.push({ folder: target, committed });
  };
  const adjustFiles = (files: NodeFileSystem): void => adjust(power, files);
  const database = await openEmbedded({ folder, logger: SILENT, adjustFiles });
  try {
    untilCut = random.between(20, 150);
    while (cuts.length < 5 && committed < 1000) {
      await database.transaction(async (em) => {
        for (let row = 0; row < 5; row++) {
          const details = { padding: 'x'.repeat(random.between(0, 4000)) };
          em.create(OneTimeTask, {
            name: `row ${committed + 1 + row}`,
            doneAt: new Date(),
            details,
          });
        }
        await em.flush();
      });
      committed += 5;
      if (committed % 40 === 0) await database.em().execute('checkpoint');
    }
  } finally {
    await database.close();
  }
  return cuts;
}

/** How many committed rows are missing; undefined when the database cannot even be opened. */
async function missingAfter(cut: Cut): Promise<number | undefined> {
  let database: Database;
  try {
    database = await openEmbedded({ folder: cut.folder, logger: SILENT });
  } catch {
    return undefined;
  }
  try {
    const rows = await rowsOf(database);
    const numbers = Array.from({ length: cut.committed }, (_, i) => i + 1);
    const now = new Date();
    // It can be written to again.
    await database.em().insert(OneTimeTask, { name: 'row 0', doneAt: now, details: {} });
    return numbers.filter((number) => !rows.has(number)).length;
  } finally {
    await database.close();
  }
}

describe('a power cut', () => {
  it('loses nothing that was committed, at whatever moment', { timeout: 60_000 }, async () => {
    const cuts = await writeThroughCuts(3, (power, files) => power.adjust(files));
    expect(cuts).toHaveLength(5);
    const missing = [];
    for (const cut of cuts) missing.push(await missingAfter(cut));
    expect(missing).toEqual([0, 0, 0, 0, 0]);
    expect(Math.max(...cuts.map(({ committed }) => committed))).toBeGreaterThan(10);
  });

  it(
    'would lose much if writes were not synced, so this can tell',
    { timeout: 60_000 },
    async () => {
      const cuts = await writeThroughCuts(3, (power, files) => {
        power.adjust(files);
        files.stream_ops.fsync = () => 0;
      });
      const missing = [];
      for (const cut of cuts) missing.push(await missingAfter(cut));
      expect(missing.filter((rows) => rows !== 0)).not.toEqual([]);
    },
  );
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/root.ts';
import { SILENT } from '../../src/actors/logger.ts';
import type { Database } from '../../src/db/database.ts';
import { packFolder } from '../../src/db/embedded/folder-archive.ts';
import { openEmbedded } from '../../src/db/embedded/open-embedded.ts';
import { Upkeep } from '../../src/db/embedded/upkeep.ts';
import { OneTimeTask } from '../../src/db/entities/index.ts';
import { openDatabase } from '../../src/db/open-database.ts';
import { FAST_DIRECTORY, freshDataDir, openUntilEnd } from '../support/test-database.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await freshDataDir();
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));
const open = openUntilEnd();

const task = (name: string, padding = '') => ({ name, doneAt: new Date(), details: { padding } });

describe('the folder of the embedded database', () => {
  it('is closed to everybody but its owner, whatever it was', async () => {
    chmodSync(join(dataDir, 'db'), 0o755);
    await open({ dataDir });
    for (const path of ['db', 'db/data', 'db/lock']) {
      expect(statSync(join(dataDir, path)).mode & 0o777).toBe(0o700);
    }
  });

  it('is refused to a second process, and free when the first has closed it', async () => {
    const database = await open({ dataDir });
    await expect(openDatabase({ dataDir, logger: SILENT })).rejects.toMatchObject({
      code: 'database_in_use',
      remedy: expect.stringContaining('Stop the other process') as string,
    });
    // The one that has it is none the worse.
    await database.ping();
    await database.close();
    await database.close();
    await open({ dataDir });
    expect(readdirSync(join(dataDir, 'db')).sort()).toEqual(['data', 'lock']);
  });

  it('is let go of when opening fails', async () => {
    const version = join(dataDir, 'db/data/PG_VERSION');
    writeFileSync(version, '99\n');
    await expect(open({ dataDir })).rejects.toHaveProperty('code', 'database_newer');
    writeFileSync(version, '18\n');
    const control = join(dataDir, 'db/data/global/pg_control');
    cpSync(control, `${control}.kept`);
    writeFileSync(control, 'no longer');
    await expect(open({ dataDir })).rejects.toHaveProperty('code', 'database_failed');
    cpSync(`${control}.kept`, control);
    const database = await open({ dataDir });
    await expect(database.ping()).resolves.toBeUndefined();
  });

  it('cannot be where a file is', async () => {
    rmSync(join(dataDir, 'db'), { recursive: true });
    writeFileSync(join(dataDir, 'db'), '');
    await expect(open({ dataDir })).rejects.toHaveProperty('code', 'data_folder_unusable');
  });
});

describe('a first start', () => {
  it('unpacks a template, all or nothing', async () => {
    const folder = join(dataDir, 'new');
    const template = join(dataDir, 'template.gz');
    await packFolder(join(dataDir, 'db/data'), template);
    const unfinished = join(folder, 'unfinished-1');
    mkdirSync(unfinished, { recursive: true });
    writeFileSync(join(unfinished, 'PG_VERSION'), '18\n');
    const database = await openEmbedded({ folder, logger: SILENT, template });
    await database.em().insert(OneTimeTask, task('one'));
    await database.close();
    expect(existsSync(unfinished)).toBe(false);
    expect(readdirSync(folder).sort()).toEqual(['data', 'lock']);
    const files = (root: string): string[] =>
      readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
        name.startsWith('global'),
      );
    expect(files(join(folder, 'data')).sort()).toEqual(files(join(dataDir, 'db/data')).sort());
  });

  it('tells a template that is cut short', async () => {
    const template = join(dataDir, 'template.gz');
    writeFileSync(template, 'no archive');
    const folder = join(dataDir, 'new');
    await expect(openEmbedded({ folder, logger: SILENT, template })).rejects.toThrow(/./);
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  it('without a template has another process make the files', { timeout: 60_000 }, async () => {
    const fresh = mkdtempSync(join(FAST_DIRECTORY, 'tidewatch-first-'));
    try {
      // A process of its own, as memory once used is not given back.
      const script = `
        import { openDatabase } from ${JSON.stringify(join(ROOT, 'src/db/open-database.ts'))};
        const nothing = () => undefined;
        const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
        const database = await openDatabase({ dataDir: process.argv[1], logger });
        await database.ping();
        await database.close();
        process.stdout.write(String(process.resourceUsage().maxRSS));`;
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, fresh], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let told = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (told += text));
      await once(child, 'close');
      const megabytes = Number(told) / 1024;
      expect(megabytes).toBeGreaterThan(50);
      expect(megabytes).toBeLessThan(350);
    } finally {
      rmSync(fresh, { recursive: true });
    }
  });
});

describe('the embedded database', () => {
  it('lets timers run between queries that follow each other at once', async () => {
    const database = await open({ dataDir });
    const em = database.em();
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    for (let query = 0; query < 200; query++) await em.execute('select 1');
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(20);
  });

  it('syncs each commit, and commits nothing that cannot be synced', async () => {
    let syncs = 0;
    let broken = false;
    const folder = join(dataDir, 'db');
    const database = await openEmbedded({
      folder,
      logger: SILENT,
      adjustFiles: ({ stream_ops: streams }) => {
        const { fsync } = streams;
        streams.fsync = (stream) => {
          syncs++;
          if (broken) throw Object.assign(new Error('EIO'), { name: 'ErrnoError', errno: 29 });
          return fsync?.(stream) ?? 0;
        };
      },
    });
    const lost: Error[] = [];
    database.onLost((error) => lost.push(error));
    await database.em().insert(OneTimeTask, task('before'));
    const before = syncs;
    await database.em().insert(OneTimeTask, task('synced'));
    expect(syncs).toBe(before + 1);

    broken = true;
    await expect(database.em().insert(OneTimeTask, task('not synced'))).rejects.toThrow(/./);
    await expect(database.ping()).rejects.toHaveProperty('code', 'database_failed');
    expect(() => database.em()).toThrow(/the database ended/);
    expect(lost).toHaveLength(1);
    const late: Error[] = [];
    database.onLost((error) => late.push(error));
    expect(late).toEqual(lost);
    await database.close();

    const again = await open({ dataDir });
    const names = (await again.em().findAll(OneTimeTask)).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['before', 'synced']));
  });

  it('waits for what is under way when it is closed, and is of no use afterwards', async () => {
    const database = await open({ dataDir });
    const work = database.transaction(async (em) => {
      em.create(OneTimeTask, task('slow'));
      await em.flush();
      await after(50);
    });
    await database.close();
    await work;
    expect(() => database.em()).toThrow(/closed/);
    const again = await open({ dataDir });
    expect(await again.em().count(OneTimeTask)).toBe(1);
  });
});

describe('the upkeep of the embedded database', () => {
  async function withUpkeep(): Promise<{ database: Database; upkeep: Upkeep }> {
    const database = await open({ dataDir });
    const run = (statement: string): Promise<unknown[]> => database.em().execute(statement);
    return { database, upkeep: new Upkeep(run, SILENT) };
  }

  function logBytes(): number {
    const wal = join(dataDir, 'db/data/pg_wal');
    const files = readdirSync(wal, { withFileTypes: true }).filter((entry) => entry.isFile());
    return files.reduce((sum, { name }) => sum + statSync(join(wal, name)).size, 0);
  }

  it('keeps the log from growing without end', { timeout: 60_000 }, async () => {
    const { database, upkeep } = await withUpkeep();
    expect(await upkeep.cutLog()).toBe(false);
    let cuts = 0;
    for (let round = 0; round < 8; round++) {
      await database.em().execute(
        `insert into tidewatch.one_time_task select 'row ' || g || ' of ' || ?, now(), '{}'
          from generate_series(1, 50000) g`,
        [String(round)],
      );
      if (await upkeep.cutLog()) cuts++;
    }
    expect(cuts).toBeGreaterThan(2);
    expect(logBytes()).toBeLessThan(64 * 1_048_576);
  });

  it('wins back the room of deleted rows', async () => {
    const { database, upkeep } = await withUpkeep();
    const em = database.em();
    for (let round = 0; round < 5; round++) {
      const rows = Array.from({ length: 1000 }, (_, i) => task(`row ${i}`, 'x'.repeat(100)));
      await em.insertMany(OneTimeTask, rows);
      await em.nativeDelete(OneTimeTask, {});
    }
    expect(await upkeep.vacuum()).toEqual(['tidewatch.one_time_task']);
    expect(await upkeep.vacuum()).toEqual([]);
    const [size] = await em.execute<{ bytes: number }[]>(
      `select pg_relation_size('tidewatch.one_time_task')::int as bytes`,
    );
    expect(size?.bytes).toBe(0);
  });
});

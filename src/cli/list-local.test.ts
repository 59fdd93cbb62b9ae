import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listLocal } from './list-local.ts';
import type { ListedEntry } from './listed-entry.ts';

describe('a local listing', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tidewatch-list-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  async function list(path: string, signal = new AbortController().signal): Promise<ListedEntry[]> {
    const all: ListedEntry[] = [];
    for await (const page of listLocal(path, signal)) all.push(...page);
    return all.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  it('has kinds, sizes and times', async () => {
    mkdirSync(join(dir, 'directory'));
    writeFileSync(join(dir, 'file'), '');
    truncateSync(join(dir, 'file'), 5_000_000_000);
    utimesSync(join(dir, 'file'), 1_700_000_000, 1_700_000_000.5);
    symlinkSync('nowhere', join(dir, 'link'));
    const [directory, file, link] = await list(dir);
    expect(directory).toMatchObject({ name: 'directory', kind: 'directory', size: 0 });
    expect(file).toMatchObject({ name: 'file', kind: 'file', size: 5_000_000_000 });
    expect(file?.modifiedAt).toBe(1_700_000_000_500);
    expect(file?.fileId).toBeGreaterThan(0n);
    expect(link).toMatchObject({ name: 'link', kind: 'link' });
  });

  it('is complete over several pages', async () => {
    const names = Array.from({ length: 300 }, (_, i) => `f${String(i).padStart(3, '0')}`);
    for (const name of names) writeFileSync(join(dir, name), '');
    expect((await list(dir)).map((entry) => entry.name)).toEqual(names);
  });

  it('fails with a code', async () => {
    await expect(list(join(dir, 'missing'))).rejects.toMatchObject({ code: 'not_found' });
    writeFileSync(join(dir, 'file'), '');
    await expect(list(join(dir, 'file'))).rejects.toMatchObject({ code: 'not_a_directory' });
    await expect(list(dir, AbortSignal.abort())).rejects.toThrow('aborted');
  });
});

import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CacheInfo } from '../../src/app/index.ts';
import { progressLine } from '../../src/cli/find.ts';
import { startSamba } from '../servers/samba.ts';
import type { SambaServer } from '../servers/samba.ts';
import { runCommandLine } from '../support/command-line.ts';

describe('tidewatch find', () => {
  let samba: SambaServer;
  let base: string;
  beforeAll(async () => {
    samba = await startSamba();
    base = `smb://alice:alicepw@127.0.0.1:${samba.port}/data`;
    for (const path of ['projects/Budget 2026/old', 'projects/notes', '.hidden/budget', 'Ärger']) {
      mkdirSync(join(samba.share, path), { recursive: true });
    }
  });
  afterAll(() => samba.stop());

  it('finds directories of a share by words in any order and case', async () => {
    const { code, stdout, stderr } = await runCommandLine(['find', base, '2026 budget']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trim().split('\n')).toEqual(['projects/Budget 2026', 'projects/Budget 2026/old']);
  });

  it('prints one JSON object a line, and says when there are more', async () => {
    const args = ['find', '--json', '--limit', '1', `${base}/projects`, 'o'];
    const { code, stdout, stderr } = await runCommandLine(args);
    expect(code).toBe(0);
    expect(JSON.parse(stdout.trim())).toMatchObject({ path: 'Budget 2026/old' });
    expect(stderr).toContain('there are more');
  });

  it('leaves hidden ones out unless told otherwise', async () => {
    const without = await runCommandLine(['find', base, 'hidden']);
    expect(without.stdout).toBe('');
    const { stdout } = await runCommandLine(['find', '--hidden', base, 'hidden budget']);
    expect(stdout.trim()).toBe('.hidden/budget');
  });

  it('searches a local directory as well', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'tidewatch-find-'));
    try {
      mkdirSync(join(dir, 'one/Two/three'), { recursive: true });
      const { code, stdout } = await runCommandLine(['find', dir, 'two/']);
      expect({ code, stdout }).toEqual({ code: 0, stdout: 'one/Two/three\n' });
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('says what could not be searched, and ends with 1', async () => {
    const closed = join(samba.share, 'projects/notes');
    chmodSync(closed, 0);
    try {
      const { code, stdout, stderr } = await runCommandLine(['find', base, 'budget']);
      expect(code).toBe(1);
      expect(stdout).toContain('projects/Budget 2026');
      expect(stderr).toContain('projects/notes: ');
    } finally {
      chmodSync(closed, 0o755);
    }
  });

  it('ends with 1 where nothing can be listed, and with 2 for what it does not understand', async () => {
    const gone = await runCommandLine(['find', `${base}/no such directory`, 'x']);
    expect(gone).toMatchObject({ code: 1, stdout: '' });
    expect(gone.stderr).toContain('not_found');
    expect((await runCommandLine(['find', base, ' '])).code).toBe(2);
    expect((await runCommandLine(['find', '--limit', 'many', base, 'x'])).code).toBe(2);
  });

  it('shows how far it has come', () => {
    const info: CacheInfo = {
      ...{ state: 'scanning', since: '', directories: 12_000, files: 0, scanned: 4_000 },
      ...{ waiting: 8_000, rate: 2_000, eta_ms: 4_000, stale: 0, errors: [], capped: [] },
      ...{ coverage: 'partial', handles: 0, watch_budget: 0, samples: 0, divergences: 0, bytes: 0 },
    };
    expect(progressLine(info)).toBe(
      '4,000 directories, 2,000 a second, 8,000 more known, about 4 s to go',
    );
    expect(progressLine({ ...info, code: 'timeout' })).toContain('timeout');
  });
});

import { describe, expect, it } from 'vitest';
import { checkInotify, checkNode, checkOpenFiles, hostChecks } from './doctor-host.ts';

describe('doctor', () => {
  it.each([
    ['22.22.0', 'ok'],
    ['26.10.0', 'ok'],
    ['22.21.9', 'fail'],
    ['20.20.2', 'fail'],
  ])('judges Node %s as %s', (version, status) => {
    expect(checkNode(version)).toMatchObject({ check: 'node', status, version });
  });

  it('warns of a small number of open files', () => {
    expect(checkOpenFiles(1024)).toMatchObject({ status: 'warn', limit: 1024 });
    expect(checkOpenFiles(1024).remedy).toContain('ulimit -n');
    for (const fine of [65_536, Infinity, undefined]) {
      expect(checkOpenFiles(fine).status).toBe('ok');
    }
  });

  it('warns of small limits of inotify and names the setting', () => {
    const limits = (watches: number, instances: number) => (name: string) =>
      name === 'max_user_watches' ? watches : instances;
    expect(checkInotify(limits(1_000_000, 128)).status).toBe('ok');
    expect(checkInotify(limits(8192, 128))).toMatchObject({ status: 'warn', watches: 8192 });
    expect(checkInotify(limits(8192, 128)).remedy).toContain('fs.inotify.max_user_watches=524288');
    expect(checkInotify(() => undefined).status).toBe('warn');
  });

  it('finds everything that is needed on the machine of the tests', () => {
    const results = hostChecks();
    expect(results.filter((result) => result.status === 'fail')).toEqual([]);
    expect(results.map((result) => result.check)).toEqual(
      expect.arrayContaining(['node', 'crypto', 'hashing', 'open-files']),
    );
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imohash } from '../../src/imohash/index.ts';
import { startCeph } from '../servers/ceph.ts';
import type { CephServer } from '../servers/ceph.ts';
import { reservePort } from '../servers/free-port.ts';
import { CommandLine, runCommandLine } from '../support/command-line.ts';
import { S3Bucket } from '../support/s3-bucket.ts';

describe('the command line on S3', () => {
  let ceph: CephServer;
  let bucket: S3Bucket;
  let query: string;
  let env: Record<string, string>;
  beforeAll(async () => {
    ceph = await startCeph();
    bucket = await new S3Bucket(ceph, 'photos').create();
    query = `?endpoint=${ceph.endpoint}&pathStyle=1`;
    const { accessKey = '', secretKey = '' } = ceph.users['alice'] ?? {};
    env = { AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey };
  });
  afterAll(async () => {
    bucket.close();
    await ceph.stop();
  });

  it('lists a directory', async () => {
    await bucket.put('list/one.txt', 'hello');
    await bucket.put('list/below/two.txt', '');
    const listed = await runCommandLine(['ls', `s3://photos/list${query}`, '--json'], { env });
    expect(listed).toMatchObject({ code: 0, stderr: '' });
    const entries = listed.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { name: string });
    expect(entries).toHaveLength(2);
    expect(entries.find(({ name }) => name === 'one.txt')).toMatchObject({
      ...{ kind: 'file', size: 5, etag: '5d41402abc4b2a76b9719d911017c592' },
      modified_at: expect.stringMatching(/^20\d\d-/) as string,
    });
    expect(entries.find(({ name }) => name === 'below')).toMatchObject({
      ...{ kind: 'directory', size: 0, modified_at: null },
    });
    const human = await runCommandLine(['ls', `s3://photos/list${query}`], { env });
    expect(human.stdout).toMatch(/^ {2} +5 {2}20.*one\.txt$/m);
    expect(human.stdout).toMatch(/^d +- {2}- +below$/m);
  });

  it('hashes files, large and small, and says which are none', async () => {
    const large = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
    await bucket.put('hash/large', large);
    await bucket.put('hash/small', 'hello');
    await bucket.put('hash/empty', '');
    const locations = ['large', 'small', 'empty', 'nothing'].map(
      (name) => `s3://photos/hash/${name}${query}`,
    );
    const hashed = await runCommandLine(['hash', ...locations, `s3://photos/hash${query}`], {
      env,
    });
    expect(hashed.code).toBe(1);
    expect(hashed.stdout.split('\n')).toEqual([
      `${imohash(large)}  ${locations[0]}`,
      `${imohash(Buffer.from('hello'))}  ${locations[1]}`,
      `${imohash(Buffer.alloc(0))}  ${locations[2]}`,
      '',
    ]);
    expect(hashed.stderr).toMatch(/nothing.*There is nothing at hash\/nothing/);
    expect(hashed.stderr).toMatch(/hash is a directory/);
  });

  it('watches a directory by polling it', async () => {
    await bucket.put('watch/known', 'x');
    const watching = new CommandLine(['watch', `s3://photos/watch${query}`, '--json'], { env });
    try {
      type Line = { type: string; state?: string; changes?: { path: string }[] };
      const [, answer] = await watching.until<Line>(({ type }) => type === 'subscribed');
      expect(answer).toMatchObject({ state: 'polling', code: 'notify_unsupported' });
      await bucket.put('watch/new', 'hello');
      const seen = await watching.until<Line>(({ type }) => type === 'change');
      expect(seen.at(-1)?.changes).toMatchObject([
        { action: 'added', path: 'new', kind: 'file', size: 5 },
      ]);
    } finally {
      expect(await watching.interrupt()).toMatchObject({ stderr: '' });
    }
  });

  it('says stage by stage what is right and what is wrong', async () => {
    await bucket.put('doctor/file', '');
    const check = async (
      location: string,
      with_: Record<string, string> = env,
    ): Promise<{ code: number | null; found: string[]; output: string }> => {
      const run = await runCommandLine(['doctor', location, '--json'], { env: with_ });
      const results = run.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { check: string; status: string; code?: string });
      const from = results.findIndex((result) => result.check === 'dns');
      const found = results
        .slice(from)
        .map((result) => [result.check, result.code ?? result.status].join(' '));
      return { code: run.code, found, output: run.stdout };
    };
    const good = await check(`s3://photos/doctor${query}`);
    const stages = ['dns ok', 'tcp ok', 'auth ok', 'tree ok', 'open ok', 'notify ok'];
    expect(good).toMatchObject({ code: 0, found: stages });
    expect(good.output).toContain('it is polled');

    const wrong = await check(`s3://photos${query}`, { ...env, AWS_SECRET_ACCESS_KEY: 'QZwrong' });
    expect(wrong).toMatchObject({ code: 1, found: ['dns ok', 'tcp ok', 'auth logon_failure'] });
    expect(wrong.output).not.toContain('QZ');
    const none = await check(`s3://nothing-of-that-name${query}`);
    expect(none.found).toEqual(['dns ok', 'tcp ok', 'auth ok', 'tree not_found']);
    const nobody = await check(`s3://photos${query}`, {});
    expect(nobody.found).toEqual(['dns ok', 'tcp ok', 'auth ok', 'tree access_denied']);
    const missing = await check(`s3://photos/doctor/missing${query}`);
    expect(missing.found.at(-1)).toBe('open not_found');
    const free = await reservePort();
    try {
      const dead = await check(`s3://photos?endpoint=http://127.0.0.1:${free.port}`);
      expect(dead.found).toEqual(['dns ok', 'tcp unreachable']);
    } finally {
      free.release();
    }
    const nowhere = await check('s3://photos?endpoint=http://no-such-host.invalid');
    expect(nowhere.found).toEqual(['dns unreachable']);
  });

  it('ends with the error when it may not retry', async () => {
    const location = `s3://photos/hash${query}`;
    const wrong = { ...env, AWS_SECRET_ACCESS_KEY: 'QZwrong' };
    const run = await runCommandLine(['watch', location, '--no-retry'], { env: wrong });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('SignatureDoesNotMatch');
    expect(`${run.stdout}${run.stderr}`).not.toContain('QZ');
    const half = await runCommandLine(['ls', location], { env: { AWS_ACCESS_KEY_ID: 'x' } });
    expect(half.stderr).toContain('AWS_SECRET_ACCESS_KEY');
  });
});

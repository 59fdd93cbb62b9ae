import { afterEach, describe, expect, it } from 'vitest';
import { createRuntime } from '../../src/index.ts';
import type { Runtime, WatchOptions } from '../../src/index.ts';
import type { Change, StateEvent } from '../../src/app/index.ts';
import { RuntimeWatch } from '../support/runtime-watch.ts';
import type { S3Bucket } from '../support/s3-bucket.ts';
import { serveCeph } from '../support/served-ceph.ts';

const isTrying = ({ state }: StateEvent): boolean =>
  state === 'reconnecting' || state === 'connecting';

/** Often enough for a test. */
const LIMITS = { pollMinMs: 50, pollMaxMs: 100, deletedRetryMs: 100, connectionLingerMs: 50 };
const RETRY = { baseMs: 50, capMs: 200 };

describe('a watch of a directory on S3', () => {
  const served = serveCeph();
  const runtimes: Runtime[] = [];
  afterEach(async () => {
    await Promise.all(runtimes.splice(0).map((runtime) => runtime.stop()));
  });

  async function watch(
    bucket: S3Bucket,
    path: string,
    options: WatchOptions & { readonly runtime?: Runtime } = {},
  ): Promise<RuntimeWatch> {
    const { runtime = createRuntime({ limits: LIMITS, retry: RETRY }), ...how } = options;
    runtimes.push(runtime);
    const watching = await runtime.watch({ target: bucket.target, path }, how);
    return new RuntimeWatch(watching);
  }

  const told = new WeakMap<RuntimeWatch, Change[]>();

  /** Reads until a change of this path is told, unless it was already; gives it, once. */
  async function change(watching: RuntimeWatch, path: string): Promise<Change> {
    const changes = told.get(watching) ?? [];
    told.set(watching, changes);
    for (;;) {
      const at = changes.findIndex((one) => one.path === path);
      const [found] = at < 0 ? [] : changes.splice(at, 1);
      if (found !== undefined) return found;
      changes.push(...(await watching.ofType('change')).changes);
    }
  }

  it('polls: what is put, written over and deleted is told', async () => {
    const { bucket } = await served().bucket();
    await bucket.put('dir/known', 'old');
    const watching = await watch(bucket, 'dir');
    expect(await watching.ofType('subscribed')).toMatchObject({ state: 'polling' });
    await bucket.put('dir/new', 'hello');
    expect(await change(watching, 'new')).toMatchObject({ action: 'added', kind: 'file', size: 5 });
    // The same size, and on AWS within the same second of time: only the ETag differs.
    await bucket.put('dir/known', 'new');
    expect(await change(watching, 'known')).toMatchObject({ action: 'modified', size: 3 });
    await bucket.put('dir/below/x', '');
    expect(await change(watching, 'below')).toMatchObject({ action: 'added', kind: 'directory' });
    await bucket.copy('dir/new', 'dir/moved');
    expect(await change(watching, 'moved')).toMatchObject({ action: 'added' });
    await bucket.delete('dir/new');
    expect(await change(watching, 'new')).toMatchObject({ action: 'removed' });
    await bucket.delete('dir/below/x');
    expect(await change(watching, 'below')).toMatchObject({ action: 'removed' });
  });

  it('with everything below, to every depth', async () => {
    const { bucket } = await served().bucket();
    await bucket.put('a/b/known', '');
    const watching = await watch(bucket, '', { recursive: true });
    await watching.ofType('subscribed');
    await bucket.put('a/b/new', 'x');
    expect(await change(watching, 'a/b/new')).toMatchObject({ action: 'added' });
    await bucket.put('a/c/d/e', 'x');
    expect(await change(watching, 'a/c')).toMatchObject({ action: 'added', kind: 'directory' });
    expect(await change(watching, 'a/c/d/e')).toMatchObject({ action: 'added', kind: 'file' });
    await bucket.delete('a/b/known');
    expect(await change(watching, 'a/b/known')).toMatchObject({ action: 'removed' });
  });

  it('waits for a directory that is gone with its last file', async () => {
    const { bucket } = await served().bucket();
    await bucket.put('later/first', '');
    const watching = await watch(bucket, 'later');
    await watching.ofType('subscribed');
    await bucket.delete('later/first');
    await watching.until((event) => event.type === 'state' && event.state === 'deleted');
    await bucket.put('later/second', '');
    const event = await watching.ofType('resync');
    expect(event.reason).toBe('recreated');
  });

  it('goes on after the service was killed and started again, and tells the gap', async () => {
    const { ceph } = served();
    const { bucket } = await served().bucket();
    await bucket.put('dir/known', '');
    const watching = await watch(bucket, 'dir');
    await watching.ofType('subscribed');
    await ceph.kill();
    await watching.until((event) => event.type === 'state' && event.state === 'reconnecting');
    let tries = 0;
    await watching.until(() => (tries += 1) === 3);
    await ceph.restart();
    await bucket.put('dir/new', '');
    // While it was gone nobody was told that it is polled.
    const back = await watching.until((event) => !(event.type === 'state' && isTrying(event)));
    expect(back).toMatchObject({ type: 'state', state: 'polling' });
    await watching.ofType('resync');
    await bucket.put('dir/newer', '');
    expect(await change(watching, 'newer')).toMatchObject({ action: 'added' });
  });

  it('says that the keys are wrong, and tries them again only when it is asked', async () => {
    const { bucket } = await served().bucket();
    const target = { ...bucket.target, secretKey: 'QZwrong' };
    const watching = await watch({ target } as S3Bucket, '');
    const event = await watching.until((one) => one.type === 'state' && one.state === 'denied');
    expect(event).toMatchObject({ code: 'logon_failure' });
    expect(JSON.stringify(event)).not.toContain('QZ');
  });

  it('shares the requests of all who watch one bucket, and lets go when nobody does', async () => {
    const { bucket } = await served().bucket();
    await bucket.putAll(['one/a', 'two/a']);
    const runtime = createRuntime({ limits: LIMITS });
    const first = await watch(bucket, 'one', { runtime });
    const same = await watch(bucket, 'one', { runtime });
    const other = await watch(bucket, 'two', { runtime });
    for (const watching of [first, same, other]) await watching.ofType('subscribed');
    expect(runtime.watches()).toHaveLength(2);
    expect(runtime.watches()[0]).toMatchObject({
      ...{ mode: 'polling', location: expect.stringMatching(/^s3:\/\/bucket-/) as string },
    });
    await Promise.all([first, same, other].map(({ watch: one }) => one.close()));
    await expect.poll(() => runtime.watches()).toEqual([]);
  });
});

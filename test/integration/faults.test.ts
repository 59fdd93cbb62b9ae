import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../src/smb/index.ts';
import type { ConnectOptions } from '../../src/smb/index.ts';
import { groupEnded } from '../servers/process-group.ts';
import { startSamba } from '../servers/samba.ts';
import type { SambaServer, SambaVariant } from '../servers/samba.ts';
import { startFaultProxy } from '../servers/tcp-fault-proxy.ts';
import type { FaultProxy } from '../servers/tcp-fault-proxy.ts';
import { openShare } from '../support/open-share.ts';
import type { OpenShare } from '../support/open-share.ts';
import { WatchReader } from '../support/watch-reader.ts';

const disconnected = { code: 'disconnected' };

describe.each<SambaVariant>(['default', 'encrypt'])(
  'a connection over a network with faults to a server in the variant %s',
  (variant) => {
    let samba: SambaServer;
    let proxy: FaultProxy;
    beforeAll(async () => {
      samba = await startSamba({ variant });
      writeFileSync(join(samba.share, 'large.bin'), Buffer.alloc(8_000_000, 'tidewatch'));
    });
    afterAll(() => samba.stop());
    beforeEach(async () => {
      proxy = await startFaultProxy({ targetPort: samba.port });
    });
    afterEach(() => proxy.close());
    const open = (options: Partial<ConnectOptions> = {}): Promise<OpenShare> =>
      openShare(samba, { port: proxy.port, ...options });

    it.each(['rst', 'fin'] as const)('that is cut by %s tells everybody who waits', async (how) => {
      const share = await open();
      const watch = share.tree.watch('');
      await watch.armed;
      proxy.pause('down');
      const waiting = Array.from({ length: 20 }, () => share.tree.stat(''));
      const outcomes = Promise.allSettled([...waiting, new WatchReader(watch).toEnd()]);
      proxy.cut(how);
      for (const outcome of await outcomes) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: disconnected });
      }
      expect(await share.connection.closed).toMatchObject(disconnected);
      await expect(share.tree.stat('')).rejects.toMatchObject(disconnected);
      expect(share.connection.diagnostics()).toMatchObject({ state: 'closed', outstanding: [] });
      await share.connection.close();
    });

    it('that swallows everything is found dead by silence', async () => {
      const share = await open({ echoAfterMs: 100, echoTimeoutMs: 100 });
      const watch = share.tree.watch('');
      await watch.armed;
      proxy.pause('both');
      await expect(new WatchReader(watch).toEnd()).rejects.toMatchObject(disconnected);
      await share.connection.close();
    });

    it('that is only slow is left alone', async () => {
      const share = await open({ echoAfterMs: 200, echoTimeoutMs: 200 });
      proxy.delay(30, 30);
      const watch = share.tree.watch('');
      await watch.armed;
      await share.tree.writeFile('slow', Buffer.from('x'));
      await new WatchReader(watch).untilPath('added', 'slow');
      // After a silence something came that nobody here had asked for: the answer to a probe.
      const silentMs = (): number => share.connection.diagnostics().silentMs;
      await expect.poll(silentMs, { interval: 5, timeout: 5000 }).toBeGreaterThan(150);
      await expect.poll(silentMs, { interval: 5, timeout: 5000 }).toBeLessThan(100);
      await share.tree.stat('');
      await share.connection.close();
    });

    it('that delivers in fragments loses nothing', { timeout: 60_000 }, async () => {
      const share = await open();
      proxy.fragment(1009);
      const bytes = await share.tree.readFile('large.bin');
      expect(bytes.equals(Buffer.alloc(8_000_000, 'tidewatch'))).toBe(true);
      proxy.fragment(7);
      for (let i = 0; i < 10; i++)
        expect((await share.tree.stat('large.bin')).size).toBe(8_000_000);
      await share.connection.close();
    });

    it.each([5, 20, 60, 100])(
      'that alters a bit of byte %i of an answer is dropped with an error',
      async (offset) => {
        const share = await open();
        proxy.flip('down', offset);
        const failure = await share.tree.stat('large.bin').catch((error: unknown) => error);
        expect(failure).toMatchObject({
          code: expect.stringMatching(
            /^(signature_invalid|decryption_failed|protocol_error|disconnected)$/,
          ) as string,
        });
        expect(share.connection.diagnostics().state).toBe('closed');
        await share.connection.close();
      },
    );

    it('that breaks in the midst of an answer tells so', async () => {
      const share = await open();
      proxy.cutAfter('down', 3_000_000);
      await expect(share.tree.readFile('large.bin')).rejects.toMatchObject(disconnected);
      await share.connection.close();
    });

    it('that stalls ends a request by its time-out, and an abort at once', async () => {
      const share = await open({ timeoutMs: 200 });
      proxy.pause('down');
      await expect(share.tree.stat('')).rejects.toMatchObject({ code: 'timeout' });
      const abort = new AbortController();
      const aborted = share.tree.stat('', { signal: abort.signal });
      abort.abort();
      await expect(aborted).rejects.toMatchObject({ code: 'aborted' });
      proxy.resume();
      expect((await share.tree.stat('large.bin')).size).toBe(8_000_000);
      await share.connection.close();
    });

    it('closes in bounded time when nobody answers', async () => {
      const share = await open({ closeTimeoutMs: 200 });
      await share.tree.watch('').armed;
      proxy.pause('both');
      const start = performance.now();
      await share.connection.close();
      expect(performance.now() - start).toBeLessThan(1500);
    });

    it('fails with a code when it cannot be made', async () => {
      const host = '127.0.0.1';
      proxy.refuse(true);
      const refused = connect({ host, port: proxy.port });
      await expect(refused).rejects.toMatchObject({
        code: expect.stringMatching(/^(unreachable|disconnected)$/) as string,
      });
      proxy.refuse(false);
      proxy.pause('down');
      const silent = connect({ host, port: proxy.port, timeoutMs: 200, connectTimeoutMs: 200 });
      await expect(silent).rejects.toMatchObject({ code: 'timeout' });
      const abort = new AbortController();
      const aborted = connect({ host, port: proxy.port, signal: abort.signal });
      abort.abort();
      await expect(aborted).rejects.toMatchObject({ code: 'aborted' });
      await expect(connect({ host, port: 9 })).rejects.toMatchObject({ code: 'unreachable' });
    });
  },
);

describe('a server that goes away', () => {
  let samba: SambaServer;
  beforeEach(async () => {
    samba = await startSamba();
  });
  afterEach(() => samba.stop());

  it('by a kill is told to everybody who waits', async () => {
    const share = await openShare(samba);
    const watch = share.tree.watch('');
    await watch.armed;
    process.kill(samba.pid, 'SIGKILL');
    await expect(new WatchReader(watch).toEnd()).rejects.toMatchObject(disconnected);
    await share.connection.close();
    await groupEnded(samba.pid, 5000);
    await expect(openShare(samba)).rejects.toMatchObject({ code: 'unreachable' });
    await samba.restart();
    await using again = await openShare(samba);
    await again.tree.stat('');
  });

  it('in order, or only for this client, is told too', async () => {
    const share = await openShare(samba);
    const watch = share.tree.watch('');
    await watch.armed;
    await samba.smbcontrol('smbd', 'kill-client-ip', '127.0.0.1');
    await expect(new WatchReader(watch).toEnd()).rejects.toMatchObject(disconnected);
    await using again = await openShare(samba);
    const next = again.tree.watch('');
    await next.armed;
    await samba.smbcontrol('smbd', 'shutdown');
    await expect(new WatchReader(next).toEnd()).rejects.toMatchObject(disconnected);
  });

  it('keeps what was written before, and a client that follows takes over at once', async () => {
    const share = await openShare(samba);
    await share.tree.writeFile('kept', Buffer.from('kept'));
    const before = share.session.sessionId;
    process.kill(samba.pid, 'SIGKILL');
    await share.connection.closed;
    await groupEnded(samba.pid, 5000);
    await samba.restart();
    const credentials = { username: 'alice', password: 'alicepw', previousSessionId: before };
    await using again = await openShare(samba, { credentials });
    expect((await again.tree.readFile('kept')).toString()).toBe('kept');
  });
});

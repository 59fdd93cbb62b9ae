import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connectTcp } from '../../src/smb/net/tcp-transport.ts';
import { connect, SmbError } from '../../src/smb/index.ts';
import type { ConnectOptions, SmbConnection, SmbSession } from '../../src/smb/index.ts';
import { startKerberos } from '../servers/kerberos.ts';
import type { KerberosRealm } from '../servers/kerberos.ts';
import { startSamba } from '../servers/samba.ts';
import type { SambaServer } from '../servers/samba.ts';
import { KerberosProvider } from '../support/kerberos-provider.ts';

const HOST = 'smbsrv.lab.test';

describe('an AuthProvider for Kerberos', () => {
  let kerberos: KerberosRealm;
  let samba: SambaServer;
  let provider: KerberosProvider;
  /** What to stop, in the order of starting. */
  const started: { stop: () => Promise<void> }[] = [];

  beforeAll(async () => {
    kerberos = await startKerberos({ services: [`cifs/${HOST}`] });
    started.push(kerberos);
    // smbd takes its Kerberos from the environment it is started in.
    for (const [name, value] of Object.entries(kerberos.env)) {
      if (name.startsWith('KRB5')) vi.stubEnv(name, value);
    }
    samba = await startSamba({ global: kerberos.smbConf });
    started.push(samba);
    vi.unstubAllEnvs();
    provider = new KerberosProvider(kerberos.env);
    started.push({ stop: () => provider.close() });
  });

  afterAll(async () => {
    for (const server of started.toReversed()) await server.stop();
  });

  /** By the name of the service, over a socket to where it really is. */
  async function connectByName(options: Partial<ConnectOptions> = {}): Promise<SmbConnection> {
    const transport = await connectTcp({ host: '127.0.0.1', port: samba.port, timeoutMs: 5000 });
    return connect({ host: HOST, transport, ...options });
  }

  async function withSession(
    options: Partial<ConnectOptions>,
    work: (session: SmbSession) => Promise<void>,
  ): Promise<void> {
    const connection = await connectByName(options);
    try {
      await work(await connection.authenticate({ provider }));
    } finally {
      await connection.close();
    }
  }

  // The key of a Kerberos session has 32 bytes: AES-256 derives from all of them, the rest from 16.
  it.each<[string, Partial<ConnectOptions>]>([
    ['signing on 3.1.1', { encryption: 'on-demand' }],
    ['AES-256-GCM', { encryption: 'required', ciphers: ['aes-256-gcm'] }],
    ['AES-256-CCM', { encryption: 'required', ciphers: ['aes-256-ccm'] }],
    ['AES-128-GCM', { encryption: 'required', ciphers: ['aes-128-gcm'] }],
    ['encryption on 3.0.2', { encryption: 'required', dialects: { max: '3.0.2' } }],
    ['signing on 3.0', { encryption: 'on-demand', dialects: { max: '3.0' } }],
    ['signing on 2.1', { encryption: 'on-demand', dialects: { max: '2.1' } }],
  ])('logs on and protects the session by %s', async (_, options) => {
    await kerberos.logOn('alice');
    await withSession({ signing: 'required', ...options }, async (session) => {
      expect(session.isGuest).toBe(false);
      expect(session.exchange?.sessionKey()).toHaveLength(32);
      const hour = 3_600_000;
      expect(session.expiresAt).toBeGreaterThan(Date.now() + hour / 2);
      expect(session.expiresAt).toBeLessThan(Date.now() + 2 * hour);
      const tree = await session.connectTree('data');
      await tree.mkdir('by-ticket');
      expect((await tree.stat('by-ticket')).kind).toBe('directory');
      await tree.removeDirectory('by-ticket');
    });
  });

  it('says that there is no ticket', async () => {
    await kerberos.logOff();
    const connection = await connectByName();
    const error: unknown = await connection
      .authenticate({ provider })
      .catch((reason: unknown) => reason);
    await connection.close();
    expect(error).toBeInstanceOf(SmbError);
    expect(error).toMatchObject({ code: 'logon_failure' });
    expect(String(error)).toContain('Kerberos');
  });

  it('renews a session whose ticket ran out, with its watch alive', async () => {
    await kerberos.logOn('alice', '3s');
    await withSession({}, async (session) => {
      const tree = await session.connectTree('data');
      const watch = tree.watch('');
      await watch.armed;
      const before = provider.begun;
      const deadline = Date.now() + 15_000;
      while (provider.begun === before && Date.now() < deadline) {
        await kerberos.logOn('alice', '3s');
        await tree.stat('');
      }
      expect(provider.begun).toBe(before + 1);

      await samba.smbclient('mkdir seen-after-renewal');
      const events = watch[Symbol.asyncIterator]();
      const { value } = await events.next();
      expect(value).toMatchObject({
        type: 'changes',
        changes: [{ action: 'added', path: 'seen-after-renewal' }],
      });
      await watch.close();
    });
  });
});

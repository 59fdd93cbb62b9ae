import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, SmbError } from '../../src/smb/index.ts';
import type { ConnectOptions, Credentials, SmbSession } from '../../src/smb/index.ts';
import { startSamba } from '../servers/samba.ts';
import type { SambaServer } from '../servers/samba.ts';

const USERS = {
  alice: 'alicepw',
  jürgen: 'pässwörd ünd 𝄞 zeichen',
  großvater: `long${'x'.repeat(120)}`,
};

describe('an NTLM logon on a real server', () => {
  let samba: SambaServer;

  beforeAll(async () => {
    samba = await startSamba({ users: USERS });
  });

  afterAll(async () => {
    await samba.stop();
  });

  async function logOn<T>(
    server: SambaServer,
    credentials: Credentials,
    use: (session: SmbSession) => Promise<T>,
    options: Partial<ConnectOptions> = {},
  ): Promise<T> {
    const connection = await connect({ host: '127.0.0.1', port: server.port, ...options });
    try {
      return await use(await connection.authenticate(credentials));
    } finally {
      await connection.close();
    }
  }

  const reachData = async (session: SmbSession): Promise<boolean> => {
    const tree = await session.connectTree('data');
    await tree.stat('');
    return !session.isGuest;
  };

  const codeOf = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'no error',
      (error: unknown) => (error instanceof SmbError ? error.code : String(error)),
    );

  it.each<[string, Credentials]>([
    ['a plain name', { username: 'alice' }],
    ['a name in other case', { username: 'ALICE' }],
    ['a domain before the name', { username: 'LABSRV\\alice' }],
    ['the server itself as domain', { username: '.\\alice' }],
    ['a domain of its own', { username: 'alice', domain: 'LAB' }],
    ['a workstation', { username: 'alice', workstation: 'DESK' }],
  ])('takes %s', async (_, credentials) => {
    const password = USERS.alice;
    expect(await logOn(samba, { ...credentials, password }, reachData)).toBe(true);
  });

  it.each(Object.entries(USERS))(
    'agrees with the server on the key of %s',
    async (name, password) => {
      expect(await logOn(samba, { username: name, password }, reachData)).toBe(true);
      expect(
        await logOn(
          samba,
          { username: name.toUpperCase().replace('SS', 'ß'), password },
          reachData,
        ),
      ).toBe(true);
    },
  );

  it.each(['2.0.2', '2.1', '3.0', '3.0.2', '3.1.1'] as const)(
    'signs on %s with keys that the server has too',
    async (max) => {
      const options = { dialects: { max }, signing: 'required', encryption: 'on-demand' } as const;
      const credentials = { username: 'alice', password: USERS.alice };
      expect(await logOn(samba, credentials, reachData, options)).toBe(true);
    },
  );

  it.each<Partial<ConnectOptions>>([
    { ciphers: ['aes-128-gcm'] },
    { ciphers: ['aes-128-ccm'] },
    { ciphers: ['aes-256-gcm'] },
    { ciphers: ['aes-256-ccm'] },
    { dialects: { max: '3.0' } },
  ])('encrypts with keys that the server has too: %o', async (options) => {
    const credentials = { username: 'alice', password: USERS.alice };
    const required = { ...options, encryption: 'required' } as const;
    expect(await logOn(samba, credentials, reachData, required)).toBe(true);
  });

  it('is refused with a wrong password or name, without naming either', async () => {
    const attempts = [
      { username: 'alice', password: 'wr0ng-password' },
      { username: 'mallory', password: 'wr0ng-password' },
    ];
    for (const credentials of attempts) {
      const work = logOn(samba, credentials, reachData);
      const error: unknown = await work.catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'logon_failure' });
      expect(String(error)).not.toContain('wr0ng-password');
    }
  });

  it('as nobody gives a session, but no share that asks for a user', async () => {
    expect(await logOn(samba, { anonymous: true }, async (session) => session.isAnonymous)).toBe(
      true,
    );
    expect(await codeOf(logOn(samba, { anonymous: true }, reachData))).toBe('access_denied');
  });

  it('as a stranger is a guest where the server wants it so, and only when allowed', async () => {
    const open = await startSamba({ variant: 'guest' });
    try {
      const stranger = { username: 'mallory', password: 'whatever' };
      expect(await codeOf(logOn(open, stranger, reachData))).toBe('guest_refused');
      expect(await logOn(open, { ...stranger, allowGuest: true }, reachData)).toBe(false);
      const known = { username: 'alice', password: open.users['alice'] ?? '' };
      expect(await logOn(open, known, reachData)).toBe(true);
    } finally {
      await open.stop();
    }
  });

  it('tells who the server says it is', async () => {
    const credentials = { username: 'alice', password: USERS.alice };
    const info = await logOn(samba, credentials, async (session) => session.exchange?.serverInfo);
    expect(info).toMatchObject({ targetName: 'LABSRV', netbiosComputerName: 'LABSRV' });
    expect(Math.abs((info?.timestamp ?? 0) - Date.now())).toBeLessThan(60_000);
  });
});

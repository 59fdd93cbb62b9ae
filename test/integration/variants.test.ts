import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectOptions, Credentials } from '../../src/smb/index.ts';
import { startSamba } from '../servers/samba.ts';
import type { SambaServer, SambaVariant } from '../servers/samba.ts';
import { openShare } from '../support/open-share.ts';

/** What a client that can do everything gets from each server. */
const OUTCOMES: Record<SambaVariant, { dialect: string; signing: string; cipher?: string }> = {
  default: { dialect: '3.1.1', signing: 'aes-gmac', cipher: 'aes-128-gcm' },
  signing: { dialect: '3.1.1', signing: 'aes-gmac', cipher: 'aes-128-gcm' },
  encrypt: { dialect: '3.1.1', signing: 'aes-gmac', cipher: 'aes-128-gcm' },
  smb202: { dialect: '2.0.2', signing: 'hmac-sha256' },
  smb210: { dialect: '2.1', signing: 'hmac-sha256' },
  smb300: { dialect: '3.0', signing: 'aes-cmac', cipher: 'aes-128-ccm' },
  smb302: { dialect: '3.0.2', signing: 'aes-cmac', cipher: 'aes-128-ccm' },
  smb311only: { dialect: '3.1.1', signing: 'aes-gmac', cipher: 'aes-128-gcm' },
  guest: { dialect: '3.1.1', signing: 'aes-gmac', cipher: 'aes-128-gcm' },
  nonotify: { dialect: '3.1.1', signing: 'aes-gmac', cipher: 'aes-128-gcm' },
  noinotify: { dialect: '3.1.1', signing: 'aes-gmac', cipher: 'aes-128-gcm' },
};

describe.each(Object.keys(OUTCOMES) as SambaVariant[])('a server in the variant %s', (variant) => {
  let samba: SambaServer;
  beforeAll(async () => {
    samba = await startSamba({ variant });
  });
  afterAll(() => samba.stop());

  it('agrees on the best both can do', async () => {
    await using share = await openShare(samba);
    const { dialect, signing, signingRequired, cipher, serverKind, state } =
      share.connection.diagnostics();
    const outcome = OUTCOMES[variant];
    expect({ dialect, signing, cipher }).toEqual({ cipher: undefined, ...outcome });
    // Required signing is told also by servers that will not go on without encryption.
    expect(signingRequired).toBe(variant === 'signing');
    expect({ serverKind, state }).toEqual({ serverKind: 'samba', state: 'open' });
  });

  it('reads and writes', async () => {
    await using share = await openShare(samba);
    const bytes = Buffer.alloc(300_001, 'tide');
    expect(await share.tree.writeFile('written.bin', bytes)).toBe(bytes.length);
    expect(readFileSync(join(samba.share, 'written.bin'))).toEqual(bytes);
    expect(await share.tree.readFile('written.bin')).toEqual(bytes);
    const ranges = [0, 65_536, 131_072, 196_608].map((offset) => ({ offset, length: 65_536 }));
    const read = await share.tree.readRanges('written.bin', ranges);
    expect(Buffer.concat(read.ranges)).toEqual(bytes.subarray(0, 262_144));
    expect(read.size).toBe(bytes.length);
  });

  it('lists what is there', async () => {
    const names = Array.from({ length: 1500 }, (_, i) => `listed-${i}-${'x'.repeat(40)}`);
    await using share = await openShare(samba);
    await share.tree.mkdir('listed');
    for (const name of names) writeFileSync(join(samba.share, 'listed', name), name);
    const found: string[] = [];
    for await (const page of share.tree.list('listed')) {
      found.push(...page.map((entry) => entry.name));
    }
    expect(found.sort()).toEqual(names.sort());
  });

  it('closes in order and leaves nothing open', async () => {
    const share = await openShare(samba);
    const before = samba.childPids().length;
    await share.connection.close();
    expect(share.connection.diagnostics()).toMatchObject({ state: 'closed', sessions: 0 });
    await expect.poll(() => samba.childPids().length).toBeLessThan(before);
  });
});

describe('what is asked for', () => {
  const servers: Partial<Record<SambaVariant, SambaServer>> = {};
  beforeAll(async () => {
    const wanted = ['default', 'encrypt', 'guest', 'smb210', 'smb302', 'smb311only'] as const;
    const start = async (variant: SambaVariant): Promise<void> => {
      servers[variant] = await startSamba({ variant });
    };
    await Promise.all(wanted.map(start));
  });
  afterAll(() => Promise.all(Object.values(servers).map((server) => server.stop())));
  const server = (variant: SambaVariant): SambaServer => servers[variant] as SambaServer;

  it.each([
    [{ max: '2.0.2' }, '2.0.2'],
    [{ max: '2.1' }, '2.1'],
    [{ max: '3.0' }, '3.0'],
    [{ max: '3.0.2' }, '3.0.2'],
    [{ min: '3.0', max: '3.1.1' }, '3.1.1'],
  ] satisfies [ConnectOptions['dialects'], string][])(
    'dialects %j give %s',
    async (dialects, got) => {
      await using share = await openShare(server('default'), { dialects });
      expect(share.connection.diagnostics().dialect).toBe(got);
    },
  );

  it.each(['aes-256-gcm', 'aes-128-gcm', 'aes-256-ccm', 'aes-128-ccm'] as const)(
    'the cipher %s encrypts',
    async (cipher) => {
      const options = { ciphers: [cipher], encryption: 'required' } as const;
      await using share = await openShare(server('default'), options);
      expect(share.connection.diagnostics().cipher).toBe(cipher);
      const bytes = Buffer.alloc(100_000, cipher);
      await share.tree.writeFile('sealed.bin', bytes);
      expect(await share.tree.readFile('sealed.bin')).toEqual(bytes);
    },
  );

  it.each<[string, SambaVariant, Parameters<typeof openShare>[1], string]>([
    [
      '2.1 at most of a server that wants 3.1.1',
      'smb311only',
      { dialects: { max: '2.1' } },
      'unsupported',
    ],
    ['3.1.1 of a server that has 3.0.2', 'smb302', { dialects: { min: '3.1.1' } }, 'unsupported'],
    [
      'encryption of a server that has none',
      'smb210',
      { encryption: 'required' },
      'encryption_required',
    ],
    [
      '2.1 of a server that encrypts, which does not say why,',
      'encrypt',
      { dialects: { max: '2.1' } },
      'access_denied',
    ],
    ['a share that is not there', 'default', { share: 'nothing' }, 'share_not_found'],
    ['the pipes, which hold no files', 'default', { share: 'IPC$' }, 'unsupported'],
  ])('%s is refused with a code', async (_, variant, options, code) => {
    await expect(openShare(server(variant), options)).rejects.toMatchObject({ code });
  });

  it('a wrong password is refused, and the connection can be used again', async () => {
    await using share = await openShare(server('default'));
    const wrong = { username: 'alice', password: 'wrong' };
    await expect(share.connection.authenticate(wrong)).rejects.toMatchObject({
      code: 'logon_failure',
    });
    const right = { username: 'bob', password: 'bobpw' };
    const session = await share.connection.authenticate(right);
    const tree = await session.connectTree('ro');
    await expect(tree.mkdir('nope')).rejects.toMatchObject({ code: 'access_denied' });
    await share.tree.stat('');
  });

  it.each<[string, Credentials]>([
    ['an unknown user', { username: 'stranger', password: 'x' }],
    ['nobody', { anonymous: true }],
  ])('a guest session for %s needs consent', async (_, credentials) => {
    const guest = server('guest');
    if (credentials.anonymous !== true) {
      const refused = openShare(guest, { credentials });
      await expect(refused).rejects.toMatchObject({ code: 'guest_refused' });
    }
    const consenting = { ...credentials, allowGuest: true };
    await using share = await openShare(guest, { credentials: consenting });
    expect(share.session.isGuest || share.session.isAnonymous).toBe(true);
    await share.tree.stat('');
    const signed = openShare(guest, { credentials: consenting, signing: 'required' });
    await expect(signed).rejects.toMatchObject({ code: 'signing_required' });
  });
});

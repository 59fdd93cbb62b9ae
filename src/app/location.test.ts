import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLocation, redactLocation } from './location.ts';

describe('a location', () => {
  it('has a user, a password, a host, a share and a path', () => {
    expect(parseLocation('smb://alice:s3cret@nas/projects/reports/2026')).toEqual({
      type: 'smb',
      host: 'nas',
      port: 445,
      username: 'alice',
      password: 's3cret',
      share: 'projects',
      path: 'reports/2026',
      display: 'smb://alice@nas/projects/reports/2026',
    });
  });

  it('may have a domain and a port, and needs neither password nor user', () => {
    expect(parseLocation('SMB://LAB;bob@nas.example:1445/data')).toEqual({
      type: 'smb',
      host: 'nas.example',
      port: 1445,
      domain: 'LAB',
      username: 'bob',
      share: 'data',
      path: '',
      display: 'smb://LAB;bob@nas.example:1445/data',
    });
    expect(parseLocation('smb://nas/data')).not.toHaveProperty('username');
    expect(parseLocation('smb://bob:@nas/data')).toHaveProperty('password', '');
  });

  it('is percent-decoded in every part', () => {
    const text = 'smb://D%3B1;a%40b:p%2F%3A%40%25%C3%A9@h%6Fst/sh%20are/a%20b/%23c';
    expect(parseLocation(text)).toMatchObject({
      domain: 'D;1',
      username: 'a@b',
      password: 'p/:@%é',
      host: 'host',
      share: 'sh are',
      path: 'a b/#c',
    });
  });

  it('takes : and @ in a password as they are', () => {
    expect(parseLocation('smb://u:a:b@c@nas/data')).toMatchObject({
      password: 'a:b@c',
      host: 'nas',
    });
  });

  it('may name an IPv6 address in brackets, with a zone', () => {
    expect(parseLocation('smb://u@[::1]:1445/d')).toMatchObject({ host: '::1', port: 1445 });
    expect(parseLocation('smb://u@[fe80::1%25eth0]/d')).toMatchObject({ host: 'fe80::1%eth0' });
  });

  it('takes doubled, trailing and backward slashes as one', () => {
    expect(parseLocation('smb://u@h/s//a///b/').path).toBe('a/b');
    expect(parseLocation('smb://u@h/s/a\\b').path).toBe('a/b');
    expect(parseLocation('smb://u@h/s/').path).toBe('');
  });

  it('keeps characters that would end the path of a web address', () => {
    expect(parseLocation('smb://u@h/s/a#b').path).toBe('a#b');
    expect(parseLocation('file:///srv/a#b?c').path).toBe('/srv/a#b?c');
  });

  it('may be a file of this machine', () => {
    expect(parseLocation('file:///srv/my%20data')).toEqual({
      type: 'local',
      path: '/srv/my data',
      display: 'file:///srv/my%20data',
    });
    expect(parseLocation('file://localhost/srv').path).toBe('/srv');
    expect(parseLocation('some/file')).toMatchObject({ type: 'local', path: resolve('some/file') });
    expect(parseLocation('./a://b').path).toBe(resolve('a:/b'));
    expect(parseLocation('50%').path).toBe(resolve('50%'));
  });

  it.each([
    ['', 'invalid_argument'],
    ['smb://', 'invalid_argument'],
    ['smb://u@nas', 'invalid_argument'],
    ['smb://u@nas/', 'invalid_argument'],
    ['smb:///share', 'invalid_argument'],
    ['smb://:pw@nas/share', 'invalid_argument'],
    ['smb://u@nas:0/share', 'invalid_argument'],
    ['smb://u@nas:99999/share', 'invalid_argument'],
    ['smb://u@nas:port/share', 'invalid_argument'],
    ['smb://u@::1/share', 'invalid_argument'],
    ['smb://u@[nas]/share', 'invalid_argument'],
    ['smb://u@na s/share', 'invalid_argument'],
    ['smb://u@nas/share/%zz', 'invalid_argument'],
    ['smb://u@nas/share/a/../b', 'invalid_path'],
    ['smb://u@nas/share/a%2Fb', 'invalid_path'],
    ['smb://u@nas/share/a%00b', 'invalid_path'],
    ['a\0b', 'invalid_path'],
    ['file://host/path', 'invalid_argument'],
    ['file:relative', undefined],
    [' smb://u:p@nas/share', 'invalid_argument'],
    ['http://nas/share', 'invalid_argument'],
  ])('%j is refused as %s', (text, code) => {
    if (code === undefined) expect(parseLocation(text).type).toBe('local');
    else expect(() => parseLocation(text)).toThrow(expect.objectContaining({ code }));
  });

  it('of a kind not taken says which are', () => {
    expect(() => parseLocation('ftp://x')).toThrow(/smb:.*s3:.*file:.*plain paths/);
  });
});

describe('a location that is shown', () => {
  it('has no password', () => {
    expect(redactLocation('smb://LAB;alice:q7cret@nas:1445/d/x')).toBe(
      'smb://LAB;alice@nas:1445/d/x',
    );
    expect(redactLocation('/srv/a@b')).toBe('/srv/a@b');
  });

  it.each([
    'smb://alice:q7/cret@nas/data',
    'smb://alice:12/q7cret@nas/data',
    'smb://alice:q7cret@',
    'smb://alice:q7cret@nas',
    'smb://alice:q7cret',
    'smb://alice:%q7cret@nas/data',
    'http://alice:q7cret@nas/data',
    '--connection=smb://alice:q7cret@nas/data',
  ])('shows nothing of the password even when it cannot be read: %s', (text) => {
    const shown = redactLocation(text);
    let message = '';
    try {
      message = parseLocation(text).display;
    } catch (error) {
      message = (error as Error).message;
    }
    if (!text.startsWith('--')) expect(message).not.toMatch(/q7|cret/);
    expect(shown).not.toMatch(/q7|cret/);
  });

  it('never contains a password however it is made up', () => {
    const secret = fc.string({ minLength: 1 }).map((s) => `QZ${s}QZ`);
    const innocent = fc.string().filter((text) => !text.includes('QZ'));
    fc.assert(
      fc.property(secret, innocent, (password, path) => {
        const escaped = `smb://u:${encodeURIComponent(password.toWellFormed())}@h/s/`;
        expect(redactLocation(escaped + encodeURIComponent(path.toWellFormed()))).not.toContain(
          'QZ',
        );
        const raw = `smb://u:${password.replaceAll('/', '')}@h/s`;
        expect(redactLocation(raw)).not.toContain('QZ');
      }),
    );
  });
});

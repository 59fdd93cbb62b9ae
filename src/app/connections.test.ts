import { describe, expect, it } from 'vitest';
import type { LocalTarget, SmbTarget } from '../storage/target.ts';
import { NamedConnections } from './connections.ts';

const SHARE: SmbTarget = {
  type: 'smb',
  host: 'nas',
  port: 445,
  share: 'data',
  logon: { username: 'alice', password: 'secret' },
};
const NOBODY = {
  connectionMoved: () => undefined,
  connectionGone: () => undefined,
  cacheChanged: () => undefined,
};
const DISK: LocalTarget = { type: 'local', root: '/srv/data' };

describe('named connections', () => {
  it('are found by name and by every spelling of their id, and are told without secrets', () => {
    const connections = new NamedConnections(NOBODY);
    const info = connections.add({ name: 'nas', target: SHARE, pathPrefix: 'photos' });
    expect(info).toMatchObject({
      ...{ name: 'nas', type: 'smb', host: 'nas', port: 445, share_name: 'data' },
      ...{ path_prefix: 'photos', username: 'alice', has_password: true },
      ...{ scope: 'shared', read_only: true },
    });
    for (const spelling of ['nas', info.id, `{${info.id.toUpperCase()}}`]) {
      expect(connections.get(spelling)).toBe(info);
      expect(connections.open(spelling)?.target).toBe(SHARE);
    }
    expect(JSON.stringify(connections.list())).not.toContain('secret');
    expect(connections.get('another')).toBeUndefined();
  });

  it('to a bucket are told without the secret key', () => {
    const connections = new NamedConnections(NOBODY);
    const keys = { accessKey: 'key', secretKey: 'secret' };
    const target = { type: 's3', bucket: 'photos', endpoint: 'http://s3', ...keys } as const;
    const info = connections.add({ name: 's3', target, pathPrefix: '/2026/' });
    expect(info).toMatchObject({
      ...{ type: 's3', bucket: 'photos', endpoint: 'http://s3', path_prefix: '2026' },
      ...{ access_key: 'key', has_secret_key: true },
    });
    expect(JSON.stringify(info)).not.toContain('"secret"');
  });

  it('have one of a name', () => {
    const connections = new NamedConnections(NOBODY);
    connections.add({ name: 'nas', target: SHARE, pathPrefix: '' });
    const again = (): unknown => connections.add({ name: 'nas', target: DISK, pathPrefix: '' });
    expect(again).toThrow(expect.objectContaining({ code: 'already_exists' }));
    expect(connections.list()).toHaveLength(1);
  });

  it.each([
    ['/photos', 'photos'],
    ['//photos//summer/', 'photos/summer'],
    ['\\photos\\summer', 'photos/summer'],
    ['/', ''],
  ])('begin at %s, in the one spelling %s', (pathPrefix, normal) => {
    const connections = new NamedConnections(NOBODY);
    const info = connections.add({ name: 'nas', target: SHARE, pathPrefix });
    expect(info.path_prefix).toBe(normal);
    expect(connections.open('nas')?.pathPrefix).toBe(normal);
  });

  it.each(['..', 'photos/../..', './photos', 'photos:stream', 'pho\0tos', 'pho\ntos'])(
    'begin nowhere that no path can lead to: %j',
    (pathPrefix) => {
      const connections = new NamedConnections(NOBODY);
      const add = (): unknown => connections.add({ name: 'nas', target: SHARE, pathPrefix });
      expect(add).toThrow(expect.objectContaining({ code: 'invalid_path' }));
      expect(connections.list()).toEqual([]);
    },
  );
});

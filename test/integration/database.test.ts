import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { ApiToken, AuditLog, Connection, User } from '../../src/db/entities/index.ts';
import { eachDatabase } from '../support/test-database.ts';

function newUser(name: string) {
  const now = new Date(1_800_000_000_123);
  return {
    id: randomUUID(),
    username: name,
    usernameKey: name.toLowerCase(),
    passwordHash: 'x',
    role: 'user' as const,
    enabled: true,
    createdAt: now,
    updatedAt: now,
  };
}

eachDatabase('a database', (open) => {
  it('gives back what was stored, to the millisecond and to the byte', async () => {
    const database = await open();
    const user = newUser('Ann');
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    await database.transaction(async (em) => {
      em.create(User, user);
      em.create(Connection, {
        id: randomUUID(),
        ownerId: user.id,
        name: 'nas',
        nameKey: 'nas',
        type: 'smb',
        scope: 'private',
        config: { host: 'nas', port: 445, nested: [1, null, 'ü\u{1f600}'] },
        secrets: bytes,
        secretNames: ['password'],
        keyId: 'k1',
        createdAt: user.createdAt,
        updatedAt: user.createdAt,
      });
    });
    const em = database.em();
    const found = await em.findOneOrFail(User, { usernameKey: 'ann' });
    expect(found).toMatchObject({ ...user, lastLoginAt: null, version: 1 });
    const connection = await em.findOneOrFail(Connection, { ownerId: user.id });
    expect(connection.ownerId).toBe(user.id);
    expect(connection.config).toEqual({ host: 'nas', port: 445, nested: [1, null, 'ü\u{1f600}'] });
    expect(connection.secretNames).toEqual(['password']);
    expect(Buffer.compare(connection.secrets ?? new Uint8Array(), bytes)).toBe(0);
    expect(await em.count(ApiToken)).toBe(0);
    expect(await em.count(AuditLog)).toBe(0);
  });
});

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PreauthHash } from './preauth.ts';

describe('the preauthentication hash', () => {
  it('starts with 64 zero bytes and chains SHA-512', () => {
    const hash = new PreauthHash();
    expect(hash.value).toEqual(Buffer.alloc(64));
    hash.update([Buffer.from('mess'), Buffer.from('age')]);
    const first = createHash('sha512').update(Buffer.alloc(64)).update('message').digest();
    expect(hash.value).toEqual(first);
  });

  it('gives copies that go their own way', () => {
    const connection = new PreauthHash();
    connection.update([Buffer.from('negotiate')]);
    const { value } = connection;
    const session = connection.copy();
    session.update([Buffer.from('session setup')]);
    expect(connection.value).toBe(value);
    expect(session.value).not.toEqual(value);
  });
});

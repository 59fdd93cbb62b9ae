import { scryptSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { passwordFault } from './password-rules.ts';
import { Passwords, SCRYPT_COST } from './passwords.ts';

/** Cheap, so that tests are quick. */
const COST = { logBlocks: 4, blockSize: 8, rounds: 1 };
const passwords = new Passwords(COST);

describe('a stored password', () => {
  it('is recognised, and no other is', async () => {
    const hash = await passwords.hash('correct horse');
    expect(await passwords.verify('correct horse', hash)).toBe(true);
    expect(await passwords.verify('correct horsf', hash)).toBe(false);
    expect(await passwords.verify('', hash)).toBe(false);
  });

  it('has its cost and salt with it, and is scrypt as RFC 7914 has it', async () => {
    const hash = await passwords.hash('correct horse');
    const [, name, cost, salt, key] = hash.split('$');
    expect([name, cost]).toEqual(['scrypt', 'ln=4,r=8,p=1']);
    const saltBytes = Buffer.from(salt as string, 'base64');
    const expected = scryptSync('correct horse', saltBytes, 32, { N: 16, r: 8, p: 1 });
    expect(key).toBe(expected.toString('base64').replace('=', ''));
    expect(await passwords.hash('correct horse')).not.toBe(hash);
  });

  it('is recognised after the cost of new ones grew, and told to be outdated', async () => {
    const hash = await passwords.hash('correct horse');
    const dearer = new Passwords({ ...COST, logBlocks: 5 });
    expect(await dearer.verify('correct horse', hash)).toBe(true);
    expect(dearer.isOutdated(hash)).toBe(true);
    expect(passwords.isOutdated(hash)).toBe(false);
  });

  it('is the same however its characters are composed', async () => {
    const hash = await passwords.hash('Zürich-ﬁne');
    expect(await passwords.verify('Zu\u0308rich-fine', hash)).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['another form', '$argon2id$v=19$m=1$c2FsdA$aGFzaA'],
    [
      'more memory than a check may take',
      `$scrypt$ln=30,r=8,p=1$${'a'.repeat(22)}$${'a'.repeat(43)}`,
    ],
    ['a cost of nothing', `$scrypt$ln=0,r=8,p=1$${'a'.repeat(22)}$${'a'.repeat(43)}`],
  ])('that is %s lets nobody in', async (_what, hash) => {
    expect(await passwords.verify('correct horse', hash)).toBe(false);
    expect(passwords.isOutdated(hash)).toBe(true);
  });

  it('costs as long for a name that nobody has as for a wrong password', async () => {
    const real = new Passwords();
    const hash = await real.hash('correct horse');
    const time = async (stored: string | undefined): Promise<number> => {
      const started = process.cpuUsage();
      await real.verify('wrong horse', stored);
      const { system, user } = process.cpuUsage(started);
      return system + user;
    };
    const wrong = [await time(hash), await time(hash), await time(hash)];
    const nobody = [await time(undefined), await time(undefined), await time(undefined)];
    const ratio = Math.min(...nobody) / Math.min(...wrong);
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });

  it('is checked by two threads at most, and no more than so many wait', async () => {
    const one = new Passwords({ ...COST, logBlocks: 12 });
    const checks = Array.from({ length: 80 }, () => one.verify('wrong horse', undefined));
    const settled = await Promise.allSettled(checks);
    const refused = settled.flatMap((each) =>
      each.status === 'rejected' ? [each.reason as unknown] : [],
    );
    expect(refused).toHaveLength(80 - 2 - 64);
    expect(refused[0]).toMatchObject({ code: 'too_many_attempts', retryAfterMs: 2_000 });
    expect(await one.verify('again', undefined)).toBe(false);
  });

  it('takes 32 MiB for the check', () => {
    expect(128 * SCRYPT_COST.blockSize * 2 ** SCRYPT_COST.logBlocks).toBe(33_554_432);
  });
});

describe('a new password', () => {
  it.each([
    ['1234567', 'a password has 8 characters at least'],
    ['x'.repeat(257), 'a password has 256 characters at most'],
    ['x'.repeat(100_000), 'a password has 256 characters at most'],
    ['\uD800 unpaired', 'a password consists of Unicode characters'],
    // Each of these becomes 18 characters (U+FDFA).
    ['\uFDFA'.repeat(20), 'a password has 256 characters at most'],
  ])('is refused when it is too short, too long or no text', (password, fault) => {
    expect(passwordFault(password)).toBe(fault);
  });

  it('has 8 to 256 characters, whatever they are', () => {
    expect(passwordFault('12345678')).toBeUndefined();
    expect(passwordFault('🔑'.repeat(8))).toBeUndefined();
    expect(passwordFault('🔑'.repeat(7))).toBeDefined();
    expect(passwordFault('🔑'.repeat(256))).toBeUndefined();
    expect(passwordFault(' spaces are kept ')).toBeUndefined();
  });
});

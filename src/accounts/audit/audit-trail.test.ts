import { expect, it, vi } from 'vitest';
import { DEFAULTS } from '../../defaults.ts';
import { eachDatabase } from '../../../test/support/test-database.ts';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import { AuditRetention } from './audit-retention.ts';
import { AuditTrail } from './audit-trail.ts';

const DAY = 86_400_000;
const said: string[] = [];
const logger = {
  info: (_fields: object, message: string) => void said.push(message),
  warn: (_fields: object, message: string) => void said.push(message),
  error: (_fields: object, message: string) => void said.push(message),
};

eachDatabase('the audit log', (open) => {
  it('is listed newest first, page by page, by action, and keeps no secret', async () => {
    const clock = new ManualClock();
    const audit = new AuditTrail(await open(), clock);
    for (let number = 0; number < 25; number += 1) {
      clock.advance(number % 3);
      await audit.record({
        actor: 'ann',
        action: number % 2 === 0 ? 'login' : 'user.update',
        outcome: 'ok',
        subject: `user ${number}`,
        address: '192.0.2.1',
        details: { number, password: 'hunter2' },
      });
    }
    const read: string[] = [];
    let after: string | undefined;
    for (;;) {
      const page = await audit.list({ limit: 10, ...(after !== undefined && { after }) });
      // What comes while somebody reads moves nothing.
      await audit.record({ actor: 'bob', action: 'logout', outcome: 'ok' });
      read.push(...page.map(({ subject }) => subject ?? ''));
      after = page.at(-1)?.id;
      if (page.length < 10) break;
    }
    expect(read).toEqual(Array.from({ length: 25 }, (_, index) => `user ${24 - index}`));
    const logins = await audit.list({ limit: 200, action: 'login' });
    expect(logins).toHaveLength(13);
    expect(logins[0]).toMatchObject({
      at: '2026-01-01T12:00:00.024Z',
      actor: 'ann',
      action: 'login',
      outcome: 'ok',
      subject: 'user 24',
      address: '192.0.2.1',
      details: { number: 24, password: '[redacted]' },
    });
    const [logout] = await audit.list({ limit: 1 });
    expect(Object.keys(logout ?? {})).toEqual(['id', 'at', 'actor', 'action', 'outcome']);
    await expect(audit.list({ limit: 1, after: "'; drop" })).rejects.toMatchObject({
      code: 'invalid_argument',
      fields: { after: 'is not the id of a record' },
    });
  });

  it('is written with the change it tells of, or not at all', async () => {
    const db = await open();
    const audit = new AuditTrail(db, new ManualClock());
    const failing = db.transaction(async (em) => {
      await audit.recordIn(em, { actor: 'ann', action: 'user.create', outcome: 'ok' });
      throw new Error('it failed');
    });
    await expect(failing).rejects.toThrow('it failed');
    expect(await audit.list({ limit: 10 })).toEqual([]);
  });

  it('forgets what is too old and what is too much, in small steps', async () => {
    const clock = new ManualClock();
    const audit = new AuditTrail(await open(), clock);
    const some = async (count: number, action: string): Promise<void> => {
      for (let number = 0; number < count; number += 1) {
        await audit.record({ actor: 'ann', action, outcome: 'ok' });
      }
    };
    await some(DEFAULTS.auditPruneRows + 20, 'first');
    clock.advance(10 * DAY);
    await some(30, 'second');
    expect(await audit.prune({ days: 11, rows: 10_000 })).toBe(0);
    expect(await audit.prune({ days: 10, rows: 10_000 })).toBe(0);
    clock.advance(1);
    expect(await audit.prune({ days: 10, rows: 10_000 })).toBe(DEFAULTS.auditPruneRows + 20);
    expect(await audit.prune({ days: 10, rows: 12 })).toBe(18);
    expect(await audit.list({ limit: 200 })).toHaveLength(12);
    expect(await audit.prune({ days: 10, rows: 12 })).toBe(0);
  });

  it('is looked after every hour until it is closed', async () => {
    const clock = new ManualClock();
    const audit = new AuditTrail(await open(), clock);
    await audit.record({ actor: 'ann', action: 'login', outcome: 'ok' });
    said.length = 0;
    const retention = new AuditRetention(audit, () => ({ days: 1, rows: 100 }), { clock, logger });
    clock.sleep(2 * DAY);
    await vi.waitFor(async () => expect(await audit.list({ limit: 1 })).toEqual([]));
    await vi.waitFor(() => expect(clock.pendingTimers).toBe(1));
    await retention.close();
    expect(clock.pendingTimers).toBe(0);
    expect(said).toEqual(['old audit records removed']);
  });
});

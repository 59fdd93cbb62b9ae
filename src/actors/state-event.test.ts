import { describe, expect, it } from 'vitest';
import { stateEvent } from './state-event.ts';
import type { StateFacts } from './state-event.ts';

const FACTS: StateFacts = {
  state: 'reconnecting',
  since: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  attempt: 3,
  failure: { code: 'disconnected', message: 'The link broke' },
  nextTryAt: 1_500.4,
  now: 1_000,
};

describe('a state as readers are told', () => {
  it('has the attempt, the time until the next one, and what went wrong', () => {
    expect(stateEvent(FACTS)).toEqual({
      type: 'state',
      state: 'reconnecting',
      since: '2026-01-02T03:04:05.678Z',
      attempt: 3,
      retry_in_ms: 500,
      code: 'disconnected',
      message: 'The link broke',
    });
  });

  it.each(['live', 'connecting'] as const)('says nothing of old failures when %s', (state) => {
    const event = stateEvent({ ...FACTS, state });
    expect(event).toEqual({ type: 'state', state, since: '2026-01-02T03:04:05.678Z' });
  });

  it('keeps saying why it polls', () => {
    const failure = { code: 'notify_unsupported', message: 'It cannot be watched' } as const;
    const event = stateEvent({ ...FACTS, state: 'polling', attempt: 0, failure });
    expect(event).toMatchObject({ state: 'polling', code: 'notify_unsupported' });
    expect(event).not.toHaveProperty('attempt');
  });

  it('never tells of a try that lies in the past', () => {
    expect(stateEvent({ ...FACTS, now: 9_000 })).toMatchObject({ retry_in_ms: 0 });
    const event = stateEvent({ ...FACTS, nextTryAt: undefined });
    expect(event).not.toHaveProperty('retry_in_ms');
  });
});

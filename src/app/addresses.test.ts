import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { DEFAULTS } from '../defaults.ts';
import { Addresses } from './addresses.ts';

const dial = (): never => {
  throw new Error('nobody dials here');
};

describe('the address of a server', () => {
  it('is asked for once by all who come at once, and known for a while', async () => {
    const clock = new ManualClock();
    const answer = Promise.withResolvers<string>();
    const asked: string[] = [];
    const resolve = (host: string): Promise<string> => {
      asked.push(host);
      return answer.promise;
    };
    const addresses = new Addresses({ resolve, dial }, clock);
    const all = Promise.all(Array.from({ length: 1_000 }, async () => addresses.of('nas')));
    answer.resolve('192.0.2.1');
    expect(new Set(await all)).toEqual(new Set(['192.0.2.1']));
    expect(addresses.of('nas')).toBe('192.0.2.1');
    expect(asked).toEqual(['nas']);
    clock.advance(DEFAULTS.addressKnownMs);
    expect(await addresses.of('nas')).toBe('192.0.2.1');
    expect(asked).toEqual(['nas', 'nas']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is not waited for without end, and asked for anew', async () => {
    const clock = new ManualClock();
    let asked = 0;
    const resolve = (): Promise<string> => {
      asked += 1;
      return new Promise(() => undefined);
    };
    const addresses = new Addresses({ resolve, dial }, clock);
    for (const turn of [1, 2]) {
      const waiting = addresses.of('nas');
      clock.advance(DEFAULTS.addressWaitMs);
      expect(await waiting).toBeUndefined();
      expect(asked).toBe(turn);
    }
  });

  it('is none where the network throws, at once or later', async () => {
    const network = { resolve: dial, dial };
    expect(await new Addresses(network, new ManualClock()).of('nas')).toBeUndefined();
    const later = { resolve: () => Promise.reject(new Error('no')), dial };
    expect(await new Addresses(later, new ManualClock()).of('nas')).toBeUndefined();
  });
});

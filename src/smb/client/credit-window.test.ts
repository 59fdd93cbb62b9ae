import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CreditWindow } from './credit-window.ts';
import type { Claim, Lane } from './credit-window.ts';

function claimOf(lane: Lane, charge: number, sent: string[], name: string): Claim {
  return { lane, charge, send: (messageId) => sent.push(`${name}@${messageId}`) };
}

describe('the credit window', () => {
  it('begins with the one credit that NEGOTIATE uses, with message id 0', () => {
    const sent: string[] = [];
    const window = new CreditWindow();
    window.claim(claimOf('metadata', 1, sent, 'negotiate'));
    window.claim(claimOf('metadata', 1, sent, 'next'));
    expect(sent).toEqual(['negotiate@0']);
    expect(window.waiting).toBe(1);
  });

  it('gives ids in the order of sending, so that a waiting request holds none', () => {
    const sent: string[] = [];
    const window = new CreditWindow();
    window.claim(claimOf('metadata', 1, sent, 'a'));
    window.claim(claimOf('bulk', 16, sent, 'large'));
    window.claim(claimOf('metadata', 1, sent, 'small'));
    window.settle(1, 40);
    expect(sent).toEqual(['a@0', 'small@1', 'large@2']);
    window.claim(claimOf('metadata', 1, sent, 'after'));
    expect(sent.at(-1)).toBe('after@18');
  });

  it('keeps a reserve that only urgent requests may use', () => {
    const sent: string[] = [];
    const window = new CreditWindow();
    window.claim(claimOf('metadata', 1, sent, 'a'));
    window.settle(1, 4);
    window.claim(claimOf('bulk', 1, sent, 'bulk1'));
    window.claim(claimOf('bulk', 1, sent, 'bulk2'));
    expect(sent).toEqual(['a@0', 'bulk1@1']);
    for (const name of ['echo', 'arm', 'close']) window.claim(claimOf('urgent', 1, sent, name));
    expect(sent.slice(2)).toEqual(['echo@2', 'arm@3', 'close@4']);
  });

  it('keeps no reserve while the server has given too little for one', () => {
    const sent: string[] = [];
    const window = new CreditWindow();
    window.claim(claimOf('metadata', 1, sent, 'a'));
    window.settle(1, 1);
    window.claim(claimOf('bulk', 1, sent, 'b'));
    expect(sent).toEqual(['a@0', 'b@1']);
  });

  it('lets urgent requests pass those that wait', () => {
    const sent: string[] = [];
    const window = new CreditWindow();
    window.claim(claimOf('metadata', 1, sent, 'first'));
    window.claim(claimOf('bulk', 1, sent, 'bulk'));
    window.claim(claimOf('metadata', 1, sent, 'metadata'));
    window.claim(claimOf('urgent', 1, sent, 'urgent'));
    window.settle(1, 1);
    window.settle(1, 1);
    window.settle(1, 1);
    expect(sent).toEqual(['first@0', 'urgent@1', 'metadata@2', 'bulk@3']);
  });

  it('takes a claim back as long as it was not sent, and lets the next go', () => {
    const sent: string[] = [];
    const window = new CreditWindow();
    window.claim(claimOf('metadata', 1, sent, 'first'));
    const large = claimOf('metadata', 8, sent, 'large');
    window.claim(large);
    window.claim(claimOf('metadata', 1, sent, 'small'));
    window.settle(1, 2);
    expect(sent).toEqual(['first@0']);
    expect(window.withdraw(large)).toBe(true);
    expect(window.withdraw(large)).toBe(false);
    expect(sent).toEqual(['first@0', 'small@1']);
  });

  it('asks for small pieces where the server gives few credits', () => {
    const window = new CreditWindow();
    expect(window.affordable).toBe(1);
    window.settle(0, 10);
    expect(window.affordable).toBe(4);
    window.settle(0, 1000);
    expect(window.affordable).toBe(504);
    expect(window.wanted).toBe(1024 - 1011);
  });

  it('never spends more than it has and never skips or repeats an id, whatever happens', () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('claim' as const),
        lane: fc.constantFrom<Lane>('urgent', 'metadata', 'bulk'),
        charge: fc.integer({ min: 1, max: 16 }),
      }),
      fc.record({ kind: fc.constant('answer' as const), credits: fc.integer({ min: 0, max: 20 }) }),
      fc.record({ kind: fc.constant('withdraw' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const window = new CreditWindow();
        const inFlight: number[] = [];
        const claims: Claim[] = [];
        let nextId = 0;
        for (const each of steps) {
          if (each.kind === 'claim') {
            const { charge, lane } = each;
            const claim: Claim = {
              charge,
              lane,
              send: (messageId) => {
                expect(messageId).toBe(nextId);
                nextId += charge;
                inFlight.push(charge);
              },
            };
            claims.push(claim);
            window.claim(claim);
          } else if (each.kind === 'answer') {
            const charge = inFlight.shift();
            if (charge !== undefined) window.settle(charge, each.credits);
          } else {
            const claim = claims.pop();
            if (claim !== undefined) window.withdraw(claim);
          }
          expect(window.available).toBeGreaterThanOrEqual(0);
          const spent = inFlight.reduce((sum, charge) => sum + charge, 0);
          expect(window.total).toBe(window.available + spent);
        }
      }),
    );
  });
});

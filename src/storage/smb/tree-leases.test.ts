import { describe, expect, it } from 'vitest';
import { SmbError, Status } from '../../smb/index.ts';
import { TreeLeases } from './tree-leases.ts';
import type { SmbTree } from './tree-leases.ts';

/** Shares of a session; each connect is answered by the test. */
class Shares {
  readonly asked: { share: string; answer: PromiseWithResolvers<SmbTree> }[] = [];
  readonly closed: string[] = [];
  readonly leases = new TreeLeases((share) => {
    const answer = Promise.withResolvers<SmbTree>();
    this.asked.push({ share, answer });
    return answer.promise;
  });

  grant(index: number): void {
    const { share, answer } = this.asked[index]!;
    const close = (): Promise<void> => {
      this.closed.push(`${share} ${index}`);
      return Promise.resolve();
    };
    answer.resolve({ close } as SmbTree);
  }

  refuse(index: number): void {
    this.asked[index]!.answer.reject(new Error('refused'));
  }
}

describe('a share that is connected for all who use it', () => {
  it('is connected once, whatever the case of its name, and disconnected with the last', async () => {
    const shares = new Shares();
    const leasing = [shares.leases.lease('data'), shares.leases.lease('DATA')];
    shares.grant(0);
    const [one, other] = await Promise.all(leasing);
    expect(one!.tree).toBe(other!.tree);
    await one!.release();
    await one!.release();
    expect(shares.closed).toEqual([]);
    await other!.release();
    expect([shares.asked.length, shares.closed]).toEqual([1, ['data 0']]);
  });

  it('is connected anew by the next one after a failure, which all hear of who waited', async () => {
    const shares = new Shares();
    const failing = [shares.leases.lease('data'), shares.leases.lease('data')];
    shares.refuse(0);
    for (const lease of failing) await expect(lease).rejects.toThrow('refused');
    const leasing = shares.leases.lease('data');
    expect(shares.asked).toHaveLength(2);
    shares.grant(1);
    await (await leasing).release();
    expect(shares.closed).toEqual(['data 1']);
  });

  it('is connected anew by the next one when the server has dropped it', async () => {
    const shares = new Shares();
    const first = shares.leases.lease('data');
    const second = shares.leases.lease('data');
    shares.grant(0);
    const dropped = new SmbError('disconnected', 'Dropped', {
      status: Status.NETWORK_NAME_DELETED,
    });
    await (await first).release(dropped);
    const third = shares.leases.lease('data');
    expect(shares.asked).toHaveLength(2);
    shares.grant(1);
    await third;
    // The late word of one who still had the old one harms nobody.
    await (await second).release(dropped);
    expect(shares.closed).toEqual(['data 0']);
    const fourth = await shares.leases.lease('data');
    expect([shares.asked.length, fourth.tree]).toEqual([2, (await third).tree]);
  });
});

import { describe, expect, it } from 'vitest';
import { ActorServices, settle } from '../../test/support/actor-services.ts';
import { RecordingSubscriber } from '../../test/support/recording-subscriber.ts';
import { FakeHost } from '../../test/fake-server/fake-host.ts';
import { Places } from './places.ts';
import { WatchHub } from './watch-hub.ts';

/** Messages between client and host take their turns of the event loop. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await settle();
}

class Stage {
  readonly host = new FakeHost({});
  dials = 0;
  readonly services = new ActorServices({
    network: {
      resolve: () => Promise.resolve('192.0.2.1'),
      dial: ({ signal }) => {
        this.dials += 1;
        return this.host.dial(signal);
      },
    },
  });
  readonly places = new Places(this.services);
  readonly hub = new WatchHub(this.services);

  /** One who comes, is told how it went, and goes. */
  async come(password: string): Promise<readonly string[]> {
    const reader = new RecordingSubscriber();
    const target = {
      ...({ type: 'smb', host: 'host', port: 445, share: 'data' } as const),
      logon: { username: 'alice', password },
    };
    const place = this.places.find(target, '192.0.2.1');
    const spec = { place, path: '', recursive: false } as const;
    const subscription = this.hub.subscribe(spec, reader, { detail: 'changes', patienceMs: 1e9 });
    for (let turn = 0; turn < 20 && reader.told.length === 0; turn += 1) {
      await quiet();
      await this.services.pass(100);
    }
    subscription.close();
    await quiet();
    return reader.told;
  }
}

describe('a password that is wrong', () => {
  it('is tried once an hour, however often somebody comes with it', async () => {
    const stage = new Stage();
    for (let turn = 0; turn < 10; turn += 1) {
      expect(await stage.come('wrong')).toEqual(['ended logon_failure']);
    }
    expect(stage.dials).toBe(1);
    await stage.services.pass(3_600_000);
    expect(await stage.come('wrong')).toEqual(['ended logon_failure']);
    expect(stage.dials).toBe(2);
    await stage.services.pass(3_600_000);
    expect([stage.services.registry.size, stage.services.wheel.pending]).toEqual([0, 0]);
    expect(stage.places.endpoints).toEqual([]);
  });

  it('keeps nobody out who has the right one, and is forgotten at the end', async () => {
    const stage = new Stage();
    await stage.come('wrong');
    expect(await stage.come('secret')).toEqual(['subscribed live']);
    await stage.hub.stop();
    await stage.places.close();
    await quiet();
    expect([stage.services.registry.size, stage.services.wheel.pending]).toEqual([0, 0]);
  });
});

import type { DirectoryActor } from '../../src/actors/directory-actor.ts';
import { WatchHub } from '../../src/actors/watch-hub.ts';
import type { TopicSpec } from '../../src/actors/watch-hub.ts';
import type { EntryOptions } from '../../src/actors/topic-entry.ts';
import type { Subscription } from '../../src/actors/watch-events.ts';
import { ActorServices, settle } from './actor-services.ts';
import type { ServicesOptions } from './actor-services.ts';
import { RecordingSubscriber } from './recording-subscriber.ts';
import { ScriptedPlace } from './scripted-place.ts';
import type { ScriptedStorage } from './scripted-storage.ts';

type Wish = Partial<TopicSpec> & Partial<EntryOptions>;

/** A subscriber and its subscription. */
export class Reader extends RecordingSubscriber {
  subscription!: Subscription;
}

/** A hub and a place with a directory `dir`, in which nothing happens but what a test says. */
export class WatchStage {
  readonly services: ActorServices;
  readonly place = new ScriptedPlace();
  readonly hub: WatchHub;

  constructor(options: ServicesOptions = {}) {
    this.services = new ActorServices(options);
    this.hub = new WatchHub(this.services);
    this.storage.directory('dir');
  }

  get storage(): ScriptedStorage {
    return this.place.storage;
  }

  /** The only directory that there is. */
  get directory(): DirectoryActor {
    const [directory] = this.hub.directories;
    if (directory === undefined) throw new Error('there is no directory');
    return directory;
  }

  /** Subscribes `dir` with detail, or whatever is wished; nothing has happened yet. */
  subscribe(wish: Wish = {}): Reader {
    const { detail = 'changes', resume, patienceMs = 15_000, ...spec } = wish;
    const reader = new Reader();
    reader.subscription = this.hub.subscribe(
      { place: this.place, path: 'dir', recursive: false, ...spec },
      reader,
      { detail, resume, patienceMs },
    );
    return reader;
  }

  /** The same, settled; what was told until then is taken away. */
  async watch(wish: Wish = {}): Promise<Reader> {
    const reader = this.subscribe(wish);
    await settle();
    reader.take();
    return reader;
  }

  /** Whether anything is left of any watch. */
  get leftovers(): Record<string, number> {
    const { counters, registry, wheel } = this.services;
    const { arming, listing, verifying } = this.place.turns;
    const left = {
      directories: this.hub.directories.length,
      topics: this.hub.topics().length,
      actors: registry.size,
      timers: wheel.pending,
      watches: this.storage.open().length,
      leases: this.place.leases,
      users: this.place.users.size,
      subscribers: counters.subscribers,
      turns: arming.running + listing.running + verifying.running,
    };
    return Object.fromEntries(Object.entries(left).filter(([, count]) => count !== 0));
  }
}

import { createActor } from 'xstate';
import type { RetryPolicy } from '../../src/machines/retry-policy.ts';
import { DEFAULT_RETRY } from '../../src/machines/retry-policy.ts';
import { smbConnection } from '../../src/machines/smb-connection.ts';
import type { ConnectionEffects, ConnectionEvent } from '../../src/machines/smb-connection.ts';
import { watchedDirectory } from '../../src/machines/watched-directory.ts';
import type { DirectoryEffects } from '../../src/machines/watched-directory-types.ts';
import type { DirectoryEvent, DirectoryInput } from '../../src/machines/watched-directory-types.ts';
import { leafOf, recordEffects } from './chart-walk.ts';
import type { Call } from './chart-walk.ts';

/** Events without anything besides their type may be given as that. */
export type Sent<Event extends { type: string }> =
  | Event
  | {
      [Type in Event['type']]: { type: Type } extends Extract<Event, { type: Type }> ? Type : never;
    }[Event['type']];

/** A chart that runs; what it asks for is written down, and nothing of it is done. */
export interface Running<Event extends { type: string }> {
  /** Sends events; returns what they made it ask for, in order. */
  send(...events: readonly Sent<Event>[]): readonly Call[];
  readonly state: string;
  readonly attempt: number;
}

export function runDirectory(
  options: { retry?: Partial<RetryPolicy> } & Partial<
    Pick<DirectoryInput, 'stopOnDelete' | 'gap'>
  > = {},
): Running<DirectoryEvent> {
  const { retry, ...rest } = options;
  const calls: Call[] = [];
  const effects = recordEffects<DirectoryEffects>(DIRECTORY_EFFECTS, calls);
  const input = { stopOnDelete: false, ...rest, effects, retry: { ...DEFAULT_RETRY, ...retry } };
  const actor = createActor(watchedDirectory, { input }).start();
  return running(actor, calls);
}

export function runConnection(retry: Partial<RetryPolicy> = {}): Running<ConnectionEvent> {
  const calls: Call[] = [];
  const effects = recordEffects<ConnectionEffects>(CONNECTION_EFFECTS, calls);
  const input = { effects, retry: { ...DEFAULT_RETRY, ...retry } };
  return running(createActor(smbConnection, { input }).start(), calls);
}

interface ActorLike<Event> {
  send(event: Event): void;
  getSnapshot(): { value: unknown; context: { attempt: number } };
}

function running<Event extends { type: string }>(
  actor: ActorLike<Event>,
  calls: Call[],
): Running<Event> {
  return {
    send: (...events) => {
      calls.length = 0;
      for (const event of events) {
        actor.send((typeof event === 'string' ? { type: event } : event) as Event);
      }
      return [...calls];
    },
    get state() {
      return leafOf(actor.getSnapshot());
    },
    get attempt() {
      return actor.getSnapshot().context.attempt;
    },
  };
}

export const DIRECTORY_EFFECTS: readonly (keyof DirectoryEffects)[] = [
  ...(['acquire', 'connectTree', 'open', 'list', 'verify', 'tellResync', 'closeWatch'] as const),
  ...(['release', 'watchParent', 'unwatchParent', 'look', 'schedule', 'cancel'] as const),
];

export const CONNECTION_EFFECTS: readonly (keyof ConnectionEffects)[] = [
  ...(['resolve', 'dial', 'negotiate', 'authenticate', 'renew', 'probe', 'abandon'] as const),
  ...(['announceReady', 'announceTrouble', 'announceFailed'] as const),
  ...(['tearDown', 'schedule', 'cancel'] as const),
];

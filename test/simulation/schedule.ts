import type { Detail, Recursion } from '../../src/actors/watch-events.ts';
import type { Prng } from './prng.ts';
import { REQUEST_FAULTS } from './request-faults.ts';
import type { RequestFault } from './request-faults.ts';

/** Somebody who is no part of the client: another SMB client, or a program of the server. */
export type Actor = 'client' | 'local';

/**
 * Something that happens to the files. Places, here and below, are numbers from 0 up to 1: a fraction of
 * what there is to choose from when the step is taken, so that a schedule always finds something to do.
 */
export type FileStep = { readonly by: Actor } & (
  | {
      readonly do: 'write';
      readonly where: number;
      readonly name: string;
      readonly bytes: number;
    }
  | { readonly do: 'rewrite'; readonly which: number; readonly bytes: number }
  | { readonly do: 'burst'; readonly where: number; readonly count: number }
  | { readonly do: 'mkdir'; readonly where: number; readonly name: string }
  | { readonly do: 'rename'; readonly which: number; readonly name: string }
  | {
      readonly do: 'move';
      readonly which: number;
      readonly where: number;
      readonly name: string;
    }
  | { readonly do: 'remove'; readonly which: number }
  /** A directory that somebody is or was subscribed to. */
  | { readonly do: 'remove-watched'; readonly which: number }
  | { readonly do: 'recreate-watched'; readonly which: number; readonly names: number }
);

/** One thing that happens. */
export type Step =
  | FileStep
  /** What is changed next is told to nobody. */
  | { readonly do: 'lose-next' }
  | { readonly do: HostFault }
  | { readonly do: 'deny'; readonly where: number }
  | {
      readonly do: 'request-fault';
      readonly fault: RequestFault;
      readonly skip: number;
      readonly amount: number;
    }
  | {
      readonly do: 'subscribe';
      readonly where: number;
      readonly recursive: Recursion;
      readonly detail: Detail;
      readonly slashes: number;
    }
  | { readonly do: 'unsubscribe'; readonly which: number; readonly linger: boolean }
  | { readonly do: 'resume'; readonly which: number; readonly afterMs: number }
  | { readonly do: 'refresh'; readonly which: number }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'sleep'; readonly ms: number };

/** What happens to the whole host; each has an undoing that may come later, and comes at the end. */
export type HostFault =
  | 'down'
  | 'up'
  | 'freeze'
  | 'vanish'
  | 'thaw'
  | 'cut'
  | 'delete-sessions'
  | 'expire-sessions'
  | 'close-share'
  | 'change-password'
  | 'restore-password'
  | 'forget-notifies'
  | 'overflow'
  | 'allow';

const ACTIONS = {
  write: 14,
  rewrite: 12,
  burst: 2,
  mkdir: 6,
  rename: 6,
  move: 5,
  remove: 7,
  'remove-watched': 1.5,
  'recreate-watched': 2.5,
  advance: 22,
  sleep: 0.5,
  subscribe: 5,
  unsubscribe: 2,
  resume: 2,
  refresh: 2,
  'lose-next': 2,
  deny: 0.5,
  'request-fault': 5,
  down: 1,
  up: 2,
  freeze: 1,
  vanish: 0.7,
  thaw: 2,
  cut: 1.5,
  'delete-sessions': 0.7,
  'expire-sessions': 0.7,
  'close-share': 0.7,
  'change-password': 0.3,
  'restore-password': 0.5,
  'forget-notifies': 0.7,
  overflow: 1.5,
  allow: 0.5,
} as const satisfies Record<Step['do'], number>;

const NAMES = ['a', 'b', 'c', 'd', 'e', 'Ä', 'long name with blanks.txt'];

/** How long, and how often so long: milliseconds up to. */
const PAUSES = { 20: 5, 300: 5, 3_000: 4, 20_000: 2, 120_000: 1, 900_000: 0.3 } as const;

/** A schedule of some dozen steps, the same for the same chance. */
export function scheduleFrom(prng: Prng): Step[] {
  const steps: Step[] = [subscribe(prng), { do: 'advance', ms: prng.between(0, 2_000) }];
  const length = prng.between(10, 60);
  while (steps.length < length) steps.push(stepFrom(prng));
  return steps;
}

function stepFrom(prng: Prng): Step {
  const action = prng.weighted(ACTIONS);
  const by = prng.chance(0.5) ? 'local' : 'client';
  const [where, which] = [prng.next(), prng.next()];
  const name = prng.pick(NAMES);
  switch (action) {
    case 'write':
      return { do: action, by, where, name, bytes: prng.between(0, 5) };
    case 'rewrite':
      return { do: action, by, which, bytes: prng.between(0, 5) };
    case 'burst':
      return { do: action, by, where, count: prng.chance(0.05) ? 2_500 : prng.between(3, 40) };
    case 'mkdir':
      return { do: action, by, where, name };
    case 'rename':
      return { do: action, by, which, name };
    case 'move':
      return { do: action, by, which, where, name };
    case 'remove':
    case 'remove-watched':
      return { do: action, by, which };
    case 'recreate-watched':
      return { do: action, by, which, names: prng.between(0, 3) };
    case 'deny':
      return { do: action, where };
    case 'request-fault':
      return {
        do: action,
        fault: prng.pick(REQUEST_FAULTS),
        skip: prng.between(0, 3),
        amount: prng.between(0, 200),
      };
    case 'subscribe':
      return subscribe(prng);
    case 'unsubscribe':
      return { do: action, which, linger: prng.chance(0.3) };
    case 'resume':
      return { do: action, which, afterMs: prng.between(0, prng.chance(0.8) ? 20_000 : 60_000) };
    case 'refresh':
      return { do: action, which };
    case 'advance':
      return { do: action, ms: prng.between(0, Number(prng.weighted(PAUSES))) };
    case 'sleep':
      return { do: action, ms: prng.between(1_000, 3_600_000) };
    default:
      return { do: action };
  }
}

function subscribe(prng: Prng): Step {
  return {
    do: 'subscribe',
    where: prng.next(),
    recursive: prng.pick([false, false, true, 'tree'] as const),
    detail: prng.pick(['refresh', 'changes', 'changes'] as const),
    slashes: prng.between(0, 3),
  };
}

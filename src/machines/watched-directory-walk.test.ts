import { describe, expect, it } from 'vitest';
import type { SnapshotFrom } from 'xstate';
import { FAILURES } from '../../test/support/chart-events.ts';
import { DIRECTORY_EFFECTS } from '../../test/support/chart-run.ts';
import {
  declaredTransitions,
  recordEffects,
  takenTransitions,
  timersAfter,
  timersIn,
  timersOf,
  walk,
} from '../../test/support/chart-walk.ts';
import type { Call, ChartStep, Walk } from '../../test/support/chart-walk.ts';
import type { ResyncReason } from './resync-reason.ts';
import { DEFAULT_RETRY } from './retry-policy.ts';
import { watchedDirectory } from './watched-directory.ts';
import type {
  DirectoryEffects,
  DirectoryEvent,
  DirectoryTimer,
} from './watched-directory-types.ts';

type Snapshot = SnapshotFrom<typeof watchedDirectory>;
type Step = ChartStep<typeof watchedDirectory, World>;

const TIMERS: readonly DirectoryTimer[] = [
  ...(['retry', 'slow-retry', 'rest', 'poll', 'upgrade', 'verify', 'steady'] as const),
];
const EVENTS: readonly DirectoryEvent[] = [
  { type: 'START' },
  { type: 'STOP' },
  { type: 'LINK_READY' },
  { type: 'TREE_CONNECTED' },
  { type: 'OPENED' },
  { type: 'ARMED' },
  { type: 'LISTED' },
  { type: 'LOSS', reason: 'overflow' },
  { type: 'REFRESH' },
  { type: 'RELIST' },
  { type: 'MOVED' },
  { type: 'REPLACED' },
  { type: 'DIVERGED' },
  { type: 'PARENT_CHANGED' },
  { type: 'FOUND' },
  { type: 'CLOSED' },
  { type: 'RELEASED' },
  ...TIMERS.map((timer) => ({ type: 'DUE', timer }) as const),
  ...FAILURES.flatMap((failure) => [
    { type: 'FAILED', failure } as const,
    { type: 'LINK_TROUBLE', failure } as const,
    { type: 'LINK_FAILED', failure } as const,
  ]),
];

/** What the outside holds for the directory, and what it owes it. */
interface World {
  readonly attached: boolean;
  readonly open: boolean;
  readonly parentWatched: boolean;
  readonly timers: readonly string[];
  /** Asked for and not answered yet. */
  readonly work: 'tree' | 'open' | 'arm' | 'list' | 'verify' | 'release' | undefined;
  readonly closing: boolean;
  /** Readers have to be told that something may have been missed. */
  readonly owes: 'gap' | 'recreated' | undefined;
}

const START: Record<string, World['work']> = {
  connectTree: 'tree',
  open: 'open',
  list: 'list',
  verify: 'verify',
  release: 'release',
};
const ANSWERS: Partial<Record<DirectoryEvent['type'], readonly World['work'][]>> = {
  TREE_CONNECTED: ['tree'],
  OPENED: ['open'],
  ARMED: ['arm'],
  LISTED: ['list', 'verify'],
  REPLACED: ['verify'],
  DIVERGED: ['verify'],
  RELEASED: ['release'],
};
const WATCHING = /^(watching\.(listing|live|verifying)|overflow-rescan)$/;
const FOLLOWING = /^(watching\.(listing|live|verifying)|overflow-rescan|polling\.waiting)$/;
/** Nothing has to come by itself. */
const AT_REST = /^(idle|failed|stopped)$/;

function later({ world, event, calls, from, to, before }: Step): World {
  const isAnswer = ANSWERS[event.type] !== undefined || event.type === 'FAILED';
  let { attached, open, parentWatched, closing, owes } = world;
  let work = isAnswer ? undefined : world.work;
  if (event.type === 'OPENED' && world.work === 'open') work = 'arm';
  if (event.type === 'CLOSED') closing = false;
  for (const call of calls) {
    const [name = ''] = call.split(' ');
    work = START[name] ?? work;
    if (name === 'acquire') attached = true;
    if (name === 'acquire' || name === 'closeWatch') [open, work] = [false, undefined];
    if (name === 'closeWatch') closing = true;
    if (name === 'open') open = true;
    if (name === 'release') attached = false;
    if (name === 'watchParent') parentWatched = true;
    if (name === 'unwatchParent') parentWatched = false;
    if (name === 'tellResync') owes = undefined;
  }
  const { everArmed } = before.context;
  if (everArmed && WATCHING.test(from) && world.open && !open) owes ??= 'gap';
  const isReplaced = event.type === 'REPLACED' && from !== to;
  if (everArmed && (isReplaced || calls.includes('watchParent'))) owes = 'recreated';
  const fired = event.type === 'DUE' ? event.timer : undefined;
  const running = world.timers.filter((timer) => timer !== fired);
  const timers = timersAfter(running, calls);
  return { attached, open, parentWatched, timers, work, closing, owes };
}

function faultsOf({ world, before, event, calls, to }: Step, now: World): string[] {
  const faults: string[] = [];
  const told = calls.filter((call) => call.startsWith('tellResync'));
  const dropped = calls.findIndex((call) => call === 'closeWatch' || call === 'acquire');
  const opened = calls.indexOf('open');
  if (world.open && opened >= 0 && !(dropped >= 0 && dropped < opened)) faults.push('opened twice');
  if (calls.includes('release') && world.open) faults.push('released before it was closed');
  const allowed = timersOf(watchedDirectory, to);
  if (now.timers.some((timer) => !allowed.has(timer))) faults.push('a timer outlived its state');
  if (/^(tearing-down|stopped|failed)/.test(to)) {
    if (now.timers.length > 0) faults.push('scheduled in the end');
    if (now.parentWatched) faults.push('held in the end');
  }
  if (now.open && !/^(opening|watching|overflow-rescan)/.test(to)) faults.push('a handle was kept');
  if (to === 'stopped' && now.attached) faults.push('stopped without a release');
  if (FOLLOWING.test(to) && now.owes !== undefined) faults.push('a gap was passed over');
  if (told.length > 1) faults.push('told twice');
  const isAsked = event.type === 'REFRESH' || event.type === 'LOSS';
  if (told.length > 0 && !isAsked && !before.context.everArmed) faults.push('told without a gap');
  const [reason = ''] = told.map((call) => call.split(' ')[1] ?? '');
  if (event.type === 'ARMED' && FOLLOWING.test(to) && world.owes !== undefined) {
    const gaps: readonly string[] = [
      'reconnected',
      'reopened',
      'recreated',
      'restarted',
      'diverged',
    ];
    const right = world.owes === 'recreated' ? ['recreated'] : gaps;
    if (!right.includes(reason)) faults.push(`told "${reason}" for a gap`);
    if (calls.indexOf(told[0] ?? '') > calls.indexOf('list')) faults.push('told after listing');
  }
  return faults;
}

function isPlausible(world: World, event: DirectoryEvent, { value }: Snapshot): boolean {
  const { work, open, attached, parentWatched, timers, closing } = world;
  const answered = ANSWERS[event.type];
  if (answered !== undefined) return answered.includes(work);
  switch (event.type) {
    case 'START':
      return value === 'idle';
    case 'LINK_READY':
    case 'LINK_TROUBLE':
    case 'LINK_FAILED':
      return attached;
    case 'FAILED':
    case 'MOVED':
      return (work !== undefined && work !== 'release') || open;
    case 'LOSS':
      return open && work !== 'open';
    case 'PARENT_CHANGED':
    case 'FOUND':
      return parentWatched;
    case 'DUE':
      return timers.includes(event.timer);
    case 'CLOSED':
      return closing;
    default:
      return value !== 'idle' || event.type === 'STOP';
  }
}

interface Policy {
  readonly maxAttempts: number;
  readonly stopOnDelete?: boolean;
  readonly gap?: ResyncReason;
  /** Only what the outside would send, or anything at any time; a timer that does not run never fires. */
  readonly isStrict: boolean;
}

function walkAll(policy: Policy): Walk<typeof watchedDirectory, World> {
  const { maxAttempts, stopOnDelete = false, gap, isStrict } = policy;
  const calls: Call[] = [];
  return walk<typeof watchedDirectory, World>(watchedDirectory, {
    calls,
    input: {
      effects: recordEffects<DirectoryEffects>(DIRECTORY_EFFECTS, calls),
      retry: { ...DEFAULT_RETRY, maxAttempts },
      stopOnDelete,
      ...(gap !== undefined && { gap }),
    },
    events: EVENTS,
    keyOf: ({ context: { attempt, misses, everArmed, gap: owed } }) =>
      JSON.stringify([
        Math.min(attempt, maxAttempts === Infinity ? 0 : maxAttempts),
        Math.min(misses, 1),
        everArmed,
        owed,
      ]),
    world: {
      attached: false,
      open: false,
      parentWatched: false,
      timers: [],
      work: undefined,
      closing: false,
      owes: gap && 'gap',
    },
    allows: (world, event, snapshot) =>
      isStrict
        ? isPlausible(world, event, snapshot)
        : event.type !== 'DUE' || world.timers.includes(event.timer),
    observe: (step) => {
      const now = later(step);
      const faults = faultsOf(step, now);
      const comes = now.work !== undefined || now.timers.length > 0 || now.closing;
      const waits = step.to.startsWith('connecting') && now.attached;
      if (isStrict && !comes && !waits && !AT_REST.test(step.to)) faults.push('waits for nothing');
      // Who answers at any time says nothing of what is asked.
      const world = isStrict ? now : { ...now, work: undefined, closing: false };
      return { world, faults };
    },
  });
}

const anything = [
  { maxAttempts: Infinity, isStrict: false },
  { maxAttempts: 1, isStrict: false },
  { maxAttempts: 2, stopOnDelete: true, isStrict: false },
] as const satisfies readonly Policy[];
const walked = anything.map((policy) => walkAll(policy));

describe('every way through the chart of a watched directory', () => {
  it('takes each transition of each state, with each of its guards', () => {
    const declared = declaredTransitions(watchedDirectory);
    const taken = takenTransitions(
      watchedDirectory,
      walked.flatMap(({ steps }) => steps),
    );
    expect([...declared.keys()].filter((line) => !taken.has(line))).toEqual([]);
    expect([...taken].filter((line) => !declared.has(line))).toEqual([]);
    expect(declared.size).toBeGreaterThan(150);
  });

  it.each(anything.map((policy, index) => [JSON.stringify(policy), index] as const))(
    'keeps its promises whatever comes at any time: %s',
    (_, index) => {
      expect(walked[index]?.faults.slice(0, 5)).toEqual([]);
      expect(walked[index]?.steps.length).toBeGreaterThan(1_000);
    },
  );

  it.each<Policy>([
    { maxAttempts: Infinity, isStrict: true },
    { maxAttempts: 2, stopOnDelete: true, isStrict: true },
    { maxAttempts: Infinity, gap: 'restarted', isStrict: true },
  ])('waits for nothing that does not come, and keeps its promises: %o', (policy) => {
    const { steps, faults } = walkAll(policy);
    expect(faults.slice(0, 5)).toEqual([]);
    expect(steps.length).toBeGreaterThan(1_000);
  });

  it('leads to `stopped` from everywhere, and from there nowhere', () => {
    const steps = walked.flatMap((one) => one.steps);
    const leads = new Map<string, Set<string>>();
    for (const { from, to } of steps) leads.set(from, (leads.get(from) ?? new Set()).add(to));
    expect([...leads].filter(([from, to]) => to.size === 1 && to.has(from))).toEqual([]);
    expect(leads.has('stopped')).toBe(false);
    for (const { event, from, to } of steps) {
      if (event.type === 'STOP') expect(to, from).toMatch(/^(tearing-down\.|stopped$)/);
      if (from === 'tearing-down.closing') expect(to).toMatch(/^tearing-down\./);
    }
  });

  it('gives up by itself only when the attempts are used up, or for good at the first deletion', () => {
    const causes = (index: number): Set<string> => {
      const { steps = [] } = walked[index] ?? {};
      const ends = steps.filter(({ from, to }) => to === 'failed' && from !== 'failed');
      return new Set(ends.map(({ event }) => event.type));
    };
    expect(causes(0)).toEqual(new Set(['LINK_FAILED']));
    expect(causes(1)).toEqual(new Set(['LINK_FAILED', 'LINK_TROUBLE', 'FAILED']));
    const { steps = [] } = walked[2] ?? {};
    for (const { event, from, to } of steps) {
      const isGone = event.type === 'FAILED' && event.failure.code === 'not_found';
      if (isGone && from !== to) expect(to, from).toBe('failed');
    }
  });

  it('stops each timer in the state that started it', () => {
    const lines: string[] = [];
    for (const node of [watchedDirectory.root, ...Object.values(watchedDirectory.states)]) {
      for (const state of [node, ...Object.values(node.states)]) {
        const started = state.entry.flatMap((action) => timersIn(action));
        const ended = state.exit.flatMap((action) => timersIn(action, 'cancel'));
        if (started.join() !== ended.join())
          lines.push(`${state.id}: ${started.join()} but ${ended.join()}`);
      }
    }
    expect(lines).toEqual([]);
  });
});

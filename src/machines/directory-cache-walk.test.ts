import { describe, expect, it } from 'vitest';
import type { SnapshotFrom } from 'xstate';
import { FAILURES } from '../../test/support/chart-events.ts';
import {
  declaredTransitions,
  leavesOf,
  recordEffects,
  takenTransitions,
  timersAfter,
  timersIn,
  timersOf,
  walk,
} from '../../test/support/chart-walk.ts';
import type { Call, ChartStep, Walk } from '../../test/support/chart-walk.ts';
import { CACHE_WORDS, cacheWord } from './cache-state.ts';
import type { CacheKnowledge, CacheState } from './cache-state.ts';
import type { CacheEffects, CacheEvent, CacheTimer } from './directory-cache-types.ts';
import { directoryCache } from './directory-cache.ts';
import { kindOfFailure } from './failure.ts';
import { DEFAULT_RETRY } from './retry-policy.ts';

type Snapshot = SnapshotFrom<typeof directoryCache>;
type Step = ChartStep<typeof directoryCache, World>;

const EFFECTS: readonly (keyof CacheEffects)[] = [
  ...(['load', 'acquire', 'connectTree', 'open', 'scan', 'doubt', 'sample'] as const),
  ...(['closeWatch', 'save', 'release', 'schedule', 'cancel'] as const),
];
const TIMERS: readonly CacheTimer[] = [
  ...(['retry', 'slow-retry', 'settle', 'rescan'] as const),
  ...(['sample', 'poll', 'upgrade', 'steady'] as const),
];
const EVENTS: readonly CacheEvent[] = [
  { type: 'START' },
  { type: 'STOP' },
  { type: 'LOADED', found: true },
  { type: 'LOADED', found: false },
  { type: 'LINK_READY' },
  { type: 'TREE_CONNECTED' },
  { type: 'OPENED' },
  { type: 'ARMED' },
  { type: 'FOUND' },
  { type: 'SCANNED' },
  { type: 'LOSS' },
  { type: 'RESCAN' },
  { type: 'MOVED' },
  { type: 'CLOSED' },
  { type: 'SAVED' },
  { type: 'RELEASED' },
  ...TIMERS.map((timer) => ({ type: 'DUE', timer }) as const),
  ...FAILURES.flatMap((failure) => [
    { type: 'FAILED', failure } as const,
    { type: 'LINK_TROUBLE', failure } as const,
    { type: 'LINK_FAILED', failure } as const,
  ]),
];

/** What the outside holds for the cache, and what it owes it. */
interface World {
  readonly attached: boolean;
  readonly open: boolean;
  readonly timers: readonly string[];
  /** Asked for and not answered yet. */
  readonly work: 'load' | 'tree' | 'open' | 'arm' | 'scan' | 'save' | 'release' | undefined;
  readonly closing: boolean;
  /** Something was lost that no scan, begun after that, has looked at. */
  readonly owes: boolean;
}

const START: Record<string, World['work']> = {
  load: 'load',
  connectTree: 'tree',
  open: 'open',
  scan: 'scan',
  save: 'save',
  release: 'release',
};
const ANSWERS: Partial<Record<CacheEvent['type'], World['work']>> = {
  LOADED: 'load',
  TREE_CONNECTED: 'tree',
  OPENED: 'open',
  ARMED: 'arm',
  SCANNED: 'scan',
  SAVED: 'save',
  RELEASED: 'release',
};
/** Nothing has to come by itself. */
const AT_REST = /^(idle|failed|stopped)$/;
const LOST = /^(watching\.(scanning|ready|checking)|overflow-rescan)/;

function later({ world, event, calls, from }: Step): World {
  const isAnswer = ANSWERS[event.type] !== undefined || event.type === 'FAILED';
  let { attached, open, closing, owes } = world;
  let work = isAnswer ? undefined : world.work;
  if (event.type === 'OPENED' && world.work === 'open') work = 'arm';
  if (event.type === 'CLOSED') closing = false;
  if (event.type === 'LOSS' && LOST.test(from)) owes = true;
  for (const call of calls) {
    const [name = ''] = call.split(' ');
    work = START[name] ?? work;
    if (name === 'acquire') attached = true;
    if (name === 'acquire' || name === 'closeWatch') [open, work] = [false, undefined];
    if (name === 'closeWatch') closing = true;
    if (name === 'open') open = true;
    if (name === 'release') attached = false;
    if (name === 'scan') owes = false;
  }
  const fired = event.type === 'DUE' ? event.timer : undefined;
  const running = world.timers.filter((timer) => timer !== fired);
  return { attached, open, timers: timersAfter(running, calls), work, closing, owes };
}

function faultsOf({ world, event, calls, from, to }: Step, now: World): string[] {
  const faults: string[] = [];
  const dropped = calls.findIndex((call) => call === 'closeWatch' || call === 'acquire');
  const opened = calls.indexOf('open');
  if (world.open && opened >= 0 && !(dropped >= 0 && dropped < opened)) faults.push('opened twice');
  if (calls.includes('release') && world.open) faults.push('released before it was closed');
  if (calls.includes('save') && world.open) faults.push('saved before it was closed');
  const allowed = timersOf(directoryCache, to);
  if (now.timers.some((timer) => !allowed.has(timer))) faults.push('a timer outlived its state');
  if (now.open && !/^(opening|watching|overflow-rescan)/.test(to)) faults.push('a handle was kept');
  if (to === 'stopped' && now.attached) faults.push('stopped without a release');
  if (to === 'watching.ready' && now.owes) faults.push('a loss was passed over');
  if (to === 'watching.ready' && from === 'watching.arming') faults.push('ready without a scan');
  if (event.type === 'LOSS' && LOST.test(from) && !calls.includes('doubt')) {
    faults.push('a loss put nothing in doubt');
  }
  return faults;
}

function isPlausible(world: World, event: CacheEvent, { value }: Snapshot): boolean {
  const { work, open, attached, timers, closing } = world;
  const answered = ANSWERS[event.type];
  if (answered !== undefined) return answered === work;
  switch (event.type) {
    case 'START':
      return value === 'idle';
    case 'LINK_READY':
    case 'LINK_TROUBLE':
    case 'LINK_FAILED':
      return attached;
    case 'FOUND':
      return work === 'scan';
    case 'FAILED':
    case 'MOVED':
      return open || (work !== undefined && !['load', 'save', 'release'].includes(work));
    case 'LOSS':
      return open && work !== 'open';
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
  /** Only what the outside would send, or anything at any time; a timer that does not run never fires. */
  readonly isStrict: boolean;
}

function walkAll({ maxAttempts, isStrict }: Policy): Walk<typeof directoryCache, World> {
  const calls: Call[] = [];
  return walk<typeof directoryCache, World>(directoryCache, {
    calls,
    input: {
      effects: recordEffects<CacheEffects>(EFFECTS, calls),
      retry: { ...DEFAULT_RETRY, maxAttempts },
    },
    events: EVENTS,
    keyOf: ({ context: { attempt, knowledge, again, failure } }) =>
      JSON.stringify([
        Math.min(attempt, maxAttempts === Infinity ? 0 : maxAttempts),
        knowledge,
        again,
        failure?.code,
      ]),
    world: {
      ...{ attached: false, open: false, timers: [], work: undefined },
      ...{ closing: false, owes: false },
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
  { maxAttempts: 2, isStrict: false },
] as const satisfies readonly Policy[];
const walked = anything.map((policy) => walkAll(policy));

// Thousands of steps, which take their time on a busy machine.
describe('every way through the chart of a directory cache', { timeout: 90_000 }, () => {
  it('takes each transition of each state, with each of its guards', () => {
    const declared = declaredTransitions(directoryCache);
    const taken = takenTransitions(
      directoryCache,
      walked.flatMap(({ steps }) => steps),
    );
    expect([...declared.keys()].filter((line) => !taken.has(line))).toEqual([]);
    expect([...taken].filter((line) => !declared.has(line))).toEqual([]);
    expect(declared.size).toBeGreaterThan(120);
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
    { maxAttempts: 2, isStrict: true },
  ])('waits for nothing that does not come, and keeps its promises: %o', (policy) => {
    const { steps, faults } = walkAll(policy);
    expect(faults.slice(0, 5)).toEqual([]);
    expect(steps.length).toBeGreaterThan(500);
  });

  it('leads to `stopped` from everywhere, and from there nowhere', () => {
    const steps = walked.flatMap((one) => one.steps);
    const leads = new Map<string, Set<string>>();
    for (const { from, to } of steps) leads.set(from, (leads.get(from) ?? new Set()).add(to));
    expect([...leads].filter(([from, to]) => to.size === 1 && to.has(from))).toEqual([]);
    expect(leads.has('stopped')).toBe(false);
    for (const { event, from, to } of steps) {
      if (event.type === 'STOP') expect(to, from).toMatch(/^(tearing-down\.|stopped$)/);
    }
  });

  it('never gives up by itself while attempts are left, whatever fails', () => {
    const ends = walked[0]!.steps.filter(({ from, to }) => to === 'failed' && from !== 'failed');
    expect(new Set(ends.map(({ event }) => event.type))).toEqual(new Set(['LINK_FAILED']));
  });

  it('never forgets what it holds', () => {
    const order: readonly CacheKnowledge[] = ['nothing', 'part', 'snapshot', 'all'];
    for (const { before, after } of walked.flatMap(({ steps }) => steps)) {
      const [held, holds] = [before, after].map(({ context }) => order.indexOf(context.knowledge));
      expect(holds).toBeGreaterThanOrEqual(held!);
    }
  });

  it('is `stale` after whatever only a person or time can mend, and tries again', () => {
    const lasting = walked[0]!.steps.filter(
      ({ event, from }) =>
        event.type === 'FAILED' &&
        from === 'watching.ready' &&
        !['passing', 'unnotifiable'].includes(kindOfFailure(event.failure)),
    );
    expect(lasting.length).toBeGreaterThan(0);
    for (const { to, calls } of lasting) {
      expect(to).toBe('stale');
      expect(calls.some((call) => call.startsWith('schedule slow-retry'))).toBe(true);
    }
  });

  it('stops each timer in the state that started it', () => {
    const lines: string[] = [];
    for (const node of [directoryCache.root, ...Object.values(directoryCache.states)]) {
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

describe('the words for states of a cache', () => {
  it('are there for each state, and for no other', () => {
    expect(Object.keys(CACHE_WORDS).sort()).toEqual(leavesOf(directoryCache).sort());
    expect(cacheWord('no such state', 'all')).toBe('failed');
  });

  it('are all used', () => {
    const words: Record<CacheState, true> = {
      ...{ loading: true, scanning: true, ready: true },
      ...{ resyncing: true, stale: true, failed: true },
    };
    const used = new Set(Object.values(CACHE_WORDS).flatMap((by) => Object.values(by)));
    expect([...used].sort()).toEqual(Object.keys(words).sort());
  });

  it('say `loading` only of what holds nothing, and `ready` only of what a scan has finished', () => {
    for (const [state, { part, snapshot, all }] of Object.entries(CACHE_WORDS)) {
      expect([part, snapshot, all], state).not.toContain('loading');
    }
    for (const { to, after } of walked.flatMap(({ steps }) => steps)) {
      const { knowledge } = after.context;
      if (cacheWord(to, knowledge) === 'ready') expect(knowledge, to).toBe('all');
    }
  });

  it('say `stale` of a snapshot until it is verified', () => {
    for (const { to, after } of walked.flatMap(({ steps }) => steps)) {
      if (after.context.knowledge !== 'snapshot') continue;
      expect(cacheWord(to, 'snapshot'), to).toMatch(/^(stale|failed)$/);
    }
  });
});

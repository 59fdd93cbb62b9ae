import { describe, expect, it } from 'vitest';
import { FAILURES } from '../../test/support/chart-events.ts';
import { CONNECTION_EFFECTS } from '../../test/support/chart-run.ts';
import {
  declaredTransitions,
  recordEffects,
  takenTransitions,
  timersAfter,
  timersOf,
  walk,
} from '../../test/support/chart-walk.ts';
import type { Call, ChartStep, Walk } from '../../test/support/chart-walk.ts';
import { kindOfFailure } from './failure.ts';
import { DEFAULT_RETRY } from './retry-policy.ts';
import { smbConnection } from './smb-connection.ts';
import type { ConnectionEffects, ConnectionEvent, ConnectionTimer } from './smb-connection.ts';

type Step = ChartStep<typeof smbConnection, World>;

const TIMERS: readonly ConnectionTimer[] = ['retry', 'probe', 'steady', 'linger', 'expiry'];
const EVENTS: readonly ConnectionEvent[] = [
  { type: 'DEMAND' },
  { type: 'RELEASE' },
  { type: 'CLOSE' },
  { type: 'RESOLVED' },
  { type: 'DIALED' },
  { type: 'NEGOTIATED' },
  { type: 'AUTHENTICATED' },
  { type: 'RENEWAL' },
  { type: 'RENEWED' },
  { type: 'ANSWERED' },
  { type: 'SILENT' },
  { type: 'CREDENTIALS_CHANGED' },
  { type: 'TORN_DOWN' },
  ...TIMERS.map((timer) => ({ type: 'DUE', timer }) as const),
  ...FAILURES.flatMap((failure) => [
    { type: 'FAILED', failure } as const,
    { type: 'LOST', failure } as const,
  ]),
];

/** What the outside holds for the connection, and what its users know. */
interface World {
  readonly socket: boolean;
  readonly timers: readonly string[];
  /** Asked for and not answered yet. */
  readonly work: string | undefined;
  readonly told: 'nothing' | 'ready' | 'trouble' | 'failed';
}

const WORK = new Set([
  'resolve',
  'dial',
  'negotiate',
  'authenticate',
  'renew',
  'probe',
  'tearDown',
]);
const ANSWERS: Partial<Record<ConnectionEvent['type'], string>> = {
  RESOLVED: 'resolve',
  DIALED: 'dial',
  NEGOTIATED: 'negotiate',
  AUTHENTICATED: 'authenticate',
  RENEWED: 'renew',
  ANSWERED: 'probe',
  SILENT: 'probe',
  TORN_DOWN: 'tearDown',
};
const TOLD: Record<string, World['told']> = {
  announceReady: 'ready',
  announceTrouble: 'trouble',
  announceFailed: 'failed',
};
/** What users have to know in which state. */
const KNOWN: readonly (readonly [RegExp, World['told']])[] = [
  [/^(ready|reauthenticating|draining)$/, 'ready'],
  [/^backing-off/, 'trouble'],
  [/^failed$/, 'failed'],
];

function later({ world, event, calls, from, to }: Step): World {
  let { socket, told } = world;
  const isAnswer = ANSWERS[event.type] !== undefined || event.type === 'FAILED';
  let work = isAnswer ? undefined : world.work;
  if (event.type === 'RENEWAL' && to !== from) work = 'renew';
  for (const call of calls) {
    const [name = ''] = call.split(' ');
    if (WORK.has(name)) work = name;
    if (name === 'dial') socket = true;
    if (name === 'abandon') work = undefined;
    if (name === 'abandon' || name === 'tearDown') socket = false;
    told = TOLD[name] ?? told;
  }
  const fired = event.type === 'DUE' ? event.timer : undefined;
  const running = world.timers.filter((timer) => timer !== fired);
  return { socket, told, work, timers: timersAfter(running, calls) };
}

function faultsOf({ world, event, calls, from, to }: Step, now: World): string[] {
  const faults: string[] = [];
  if (calls.includes('dial') && world.socket) faults.push('dialled twice');
  const allowed = timersOf(smbConnection, to);
  if (now.timers.some((timer) => !allowed.has(timer))) faults.push('a timer outlived its state');
  if (/^(tearing-down|closed|failed)$/.test(to) && now.timers.length > 0) {
    faults.push('scheduled in the end');
  }
  if (/^(tearing-down|closed|failed|idle|backing-off.*)$/.test(to) && now.socket) {
    faults.push('a socket was left open');
  }
  for (const [states, told] of KNOWN) {
    if (states.test(to) && now.told !== told) faults.push(`users believe it is ${now.told}`);
  }
  const announcements = calls.filter((call) => call.startsWith('announce'));
  if (announcements.length > 1) faults.push('announced twice');
  if (to.startsWith('backing-off') && from !== to) {
    if (!now.timers.includes('retry')) faults.push('nobody tries again');
    if (event.type === 'FAILED') {
      const isPassing = !['refused', 'denied', 'lasting'].includes(kindOfFailure(event.failure));
      const expected = isPassing ? 'backing-off.passing' : 'backing-off.refused';
      if (to !== expected) faults.push(`not ${expected}`);
    }
  }
  if (calls.includes('probe') && to !== 'backing-off.passing') faults.push('probed for nothing');
  return faults;
}

function isPlausible({ work, timers, socket, told }: World, event: ConnectionEvent): boolean {
  const answered = ANSWERS[event.type];
  if (answered !== undefined) return answered === work;
  switch (event.type) {
    case 'FAILED':
      return work !== undefined && work !== 'probe' && work !== 'tearDown';
    case 'LOST':
    case 'RENEWAL':
      return socket && told === 'ready';
    case 'DUE':
      return timers.includes(event.timer);
    default:
      return true;
  }
}

function walkAll(maxAttempts: number, isStrict: boolean): Walk<typeof smbConnection, World> {
  const calls: Call[] = [];
  return walk<typeof smbConnection, World>(smbConnection, {
    calls,
    input: {
      effects: recordEffects<ConnectionEffects>(CONNECTION_EFFECTS, calls),
      retry: { ...DEFAULT_RETRY, maxAttempts },
    },
    events: EVENTS,
    keyOf: ({ context: { attempt, failure, wasSilent } }) => {
      const counted = Math.min(attempt, maxAttempts === Infinity ? 0 : maxAttempts);
      const isRefused = failure !== undefined && kindOfFailure(failure) === 'refused';
      return `${counted} ${failure?.code === 'unreachable'} ${isRefused} ${wasSilent}`;
    },
    world: { socket: false, timers: [], work: undefined, told: 'nothing' },
    allows: (world, event) =>
      isStrict
        ? isPlausible(world, event)
        : event.type !== 'DUE' || world.timers.includes(event.timer),
    observe: (step) => {
      const now = later(step);
      const faults = faultsOf(step, now);
      const isAtRest = /^(idle|ready|failed|closed)$/.test(step.to);
      const comes = now.work !== undefined || now.timers.length > 0;
      if (isStrict && !comes && !isAtRest) faults.push('waits for nothing');
      return { world: isStrict ? now : { ...now, work: undefined }, faults };
    },
  });
}

const walked = [Infinity, 1, 2].map((maxAttempts) => walkAll(maxAttempts, false));
const steps = walked.flatMap((one) => one.steps);

describe('every way through the chart of a connection', () => {
  it('takes each transition of each state, with each of its guards', () => {
    const declared = declaredTransitions(smbConnection);
    const taken = takenTransitions(smbConnection, steps);
    expect([...declared.keys()].filter((line) => !taken.has(line))).toEqual([]);
    expect([...taken].filter((line) => !declared.has(line))).toEqual([]);
    expect(declared.size).toBeGreaterThan(50);
  });

  it('keeps its promises whatever comes at any time', () => {
    expect(walked.flatMap(({ faults }) => faults).slice(0, 5)).toEqual([]);
    expect(steps.length).toBeGreaterThan(1_000);
  });

  it.each([Infinity, 3])('waits for nothing that does not come; %d attempts', (maxAttempts) => {
    const strict = walkAll(maxAttempts, true);
    expect(strict.faults.slice(0, 5)).toEqual([]);
    expect(strict.steps.length).toBeGreaterThan(200);
  });

  it('leads to `closed` from everywhere, and from there nowhere', () => {
    expect(steps.some(({ from }) => from === 'closed')).toBe(false);
    for (const { event, from, to } of steps) {
      if (event.type === 'CLOSE') expect(to, from).toMatch(/^(tearing-down|closed)$/);
      if (event.type === 'TORN_DOWN' && from === 'tearing-down') expect(to).toBe('closed');
      if (from === 'tearing-down') expect(to).toMatch(/^(tearing-down|closed)$/);
    }
  });

  it('is given up only when a policy limits the attempts', () => {
    const failed = walked.map((one) => one.steps.some(({ to }) => to === 'failed'));
    expect(failed).toEqual([false, true, true]);
  });
});

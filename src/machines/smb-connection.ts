import { assign, setup } from 'xstate';
import type { Failure, FailureKind } from './failure.ts';
import { kindOfFailure } from './failure.ts';
import { isExhausted } from './retry-policy.ts';
import type { RetryPolicy } from './retry-policy.ts';

/** Timers of a connection; the actor knows how long each runs. */
export type ConnectionTimer = 'retry' | 'probe' | 'steady' | 'linger' | 'expiry';

/**
 * What a connection does in the world. Each call returns at once; what comes of it arrives as an event.
 * Entering another state makes what still runs of the one before pointless: its answer is dropped.
 */
export interface ConnectionEffects {
  /** Name to address; `RESOLVED` or `FAILED`. */
  resolve(): void;
  /** A TCP connection; `DIALED` or `FAILED`. */
  dial(): void;
  /** Dialect, signing, encryption; `NEGOTIATED` or `FAILED`. */
  negotiate(): void;
  /** A session; `AUTHENTICATED` or `FAILED`. */
  authenticate(): void;
  /** Authenticates again on the session that lives; `RENEWED` or `FAILED`. */
  renew(): void;
  /** Whether the server takes connections again; `ANSWERED` or `SILENT`. */
  probe(): void;
  /** Users may connect trees. */
  announceReady(): void;
  /** Users have lost what they had, and are told why nothing comes. */
  announceTrouble(failure: Failure): void;
  /** Nobody tries any more. */
  announceFailed(failure: Failure): void;
  /** Lets go of what a failed attempt has left: socket and session, without a word. */
  abandon(): void;
  /** Trees, session, connection, in this order, each step guarded; `TORN_DOWN`, whatever happens. */
  tearDown(): void;
  /** `DUE` after the time of this timer; `attempt` counts failures in a row, from 1. */
  schedule(timer: ConnectionTimer, attempt: number): void;
  cancel(timer: ConnectionTimer): void;
}

export type ConnectionEvent =
  /** Somebody needs it. */
  | { type: 'DEMAND' }
  /** Nobody needs it any more. */
  | { type: 'RELEASE' }
  /** It has to go, needed or not. */
  | { type: 'CLOSE' }
  | { type: 'RESOLVED' }
  | { type: 'DIALED' }
  | { type: 'NEGOTIATED' }
  | { type: 'AUTHENTICATED' }
  /** The client renews the session without being asked. */
  | { type: 'RENEWAL' }
  | { type: 'RENEWED' }
  | { type: 'FAILED'; failure: Failure }
  /** It was there, and is no longer. */
  | { type: 'LOST'; failure: Failure }
  | { type: 'ANSWERED' }
  | { type: 'SILENT' }
  /** A refusal may be over. */
  | { type: 'CREDENTIALS_CHANGED' }
  | { type: 'DUE'; timer: ConnectionTimer }
  | { type: 'TORN_DOWN' };

export interface ConnectionInput {
  readonly effects: ConnectionEffects;
  readonly retry: RetryPolicy;
}

interface ConnectionContext extends ConnectionInput {
  /** Failures in a row. */
  readonly attempt: number;
  readonly failure: Failure | undefined;
  /** Since the last failure a probe had no answer. */
  readonly wasSilent: boolean;
}

const LASTING: ReadonlySet<FailureKind> = new Set(['refused', 'denied', 'lasting']);

/** Where an attempt that failed leads, whichever step of it did. */
const AFTER_FAILURE = [
  { guard: 'isExhausted', target: 'failed', actions: 'countFailure' },
  { guard: 'isRefusal', target: 'backing-off.refused', actions: 'countFailure' },
  { target: 'backing-off.passing', actions: 'countFailure' },
] as const;

/** The same for what was there already, and so cannot have been refused. */
const AFTER_LOSS = [
  { guard: 'isExhausted', target: 'failed', actions: 'countFailure' },
  { target: 'backing-off.passing', actions: 'countFailure' },
] as const;

/**
 * One TCP connection with its session, for as long as anybody needs it. It tries for ever (unless the
 * policy says otherwise), rarely after a rejected logon, so that no account is locked out.
 */
export const smbConnection = setup({
  types: {
    context: {} as ConnectionContext,
    events: {} as ConnectionEvent,
    input: {} as ConnectionInput,
  },
  guards: {
    isExhausted: ({ context }) => isExhausted(context.retry, context.attempt + 1),
    isRefusal: ({ event }) => 'failure' in event && LASTING.has(kindOfFailure(event.failure)),
    /** A server that took the connection and then failed proves nothing by taking another. */
    wasUnreachable: ({ context }) => context.wasSilent || context.failure?.code === 'unreachable',
    wasLogonRefused: ({ context: { failure } }) =>
      failure !== undefined && kindOfFailure(failure) === 'refused',
    isRetryTimer: ({ event }) => event.type === 'DUE' && event.timer === 'retry',
    isProbeTimer: ({ event }) => event.type === 'DUE' && event.timer === 'probe',
    isSteadyTimer: ({ event }) => event.type === 'DUE' && event.timer === 'steady',
    isLingerTimer: ({ event }) => event.type === 'DUE' && event.timer === 'linger',
    isExpiryTimer: ({ event }) => event.type === 'DUE' && event.timer === 'expiry',
  },
  actions: {
    resolve: ({ context }) => context.effects.resolve(),
    dial: ({ context }) => context.effects.dial(),
    negotiate: ({ context }) => context.effects.negotiate(),
    authenticate: ({ context }) => context.effects.authenticate(),
    renew: ({ context }) => context.effects.renew(),
    probe: ({ context }) => context.effects.probe(),
    abandon: ({ context }) => context.effects.abandon(),
    tearDown: ({ context }) => context.effects.tearDown(),
    announceReady: ({ context }) => context.effects.announceReady(),
    announceTrouble: ({ context }) => context.effects.announceTrouble(context.failure!),
    announceFailed: ({ context }) => context.effects.announceFailed(context.failure!),
    countFailure: assign({
      attempt: ({ context }) => context.attempt + 1,
      failure: ({ event }) => ('failure' in event ? event.failure : undefined),
      wasSilent: false,
    }),
    noteSilence: assign({ wasSilent: true }),
    forgetFailures: assign({ attempt: 0, failure: undefined }),
    scheduleRetry: ({ context }) => context.effects.schedule('retry', context.attempt),
    cancelRetry: ({ context }) => context.effects.cancel('retry'),
    scheduleProbe: ({ context }) => context.effects.schedule('probe', context.attempt),
    cancelProbe: ({ context }) => context.effects.cancel('probe'),
    scheduleSteady: ({ context }) => context.effects.schedule('steady', 0),
    cancelSteady: ({ context }) => context.effects.cancel('steady'),
    scheduleLinger: ({ context }) => context.effects.schedule('linger', 0),
    cancelLinger: ({ context }) => context.effects.cancel('linger'),
    scheduleExpiry: ({ context }) => context.effects.schedule('expiry', 0),
    cancelExpiry: ({ context }) => context.effects.cancel('expiry'),
  },
}).createMachine({
  id: 'smb-connection',
  description:
    'One TCP connection with its session, shared by all who agree on server and account.',
  context: ({ input }) => ({ ...input, attempt: 0, failure: undefined, wasSilent: false }),
  initial: 'idle',
  states: {
    idle: {
      description: 'Nobody has needed it yet.',
      on: { DEMAND: 'connecting', CLOSE: 'closed' },
    },
    connecting: {
      description: 'From a name to a dialect.',
      initial: 'resolving',
      states: {
        resolving: {
          description: 'Name to address.',
          entry: 'resolve',
          on: { RESOLVED: 'dialing' },
        },
        dialing: {
          description: 'A TCP connection.',
          entry: 'dial',
          on: { DIALED: 'negotiating' },
        },
        negotiating: {
          description: 'Dialect, signing, encryption.',
          entry: 'negotiate',
          on: { NEGOTIATED: '#smb-connection.authenticating' },
        },
      },
      on: {
        FAILED: AFTER_FAILURE,
        RELEASE: 'tearing-down',
        CLOSE: 'tearing-down',
      },
    },
    authenticating: {
      description: 'A session for the account.',
      entry: 'authenticate',
      on: {
        AUTHENTICATED: 'ready',
        FAILED: AFTER_FAILURE,
        RELEASE: 'tearing-down',
        CLOSE: 'tearing-down',
      },
    },
    ready: {
      description: 'Trees may be connected.',
      entry: ['announceReady', 'scheduleSteady', 'scheduleExpiry'],
      exit: ['cancelSteady', 'cancelExpiry'],
      on: {
        DUE: [
          { guard: 'isSteadyTimer', actions: 'forgetFailures' },
          { guard: 'isExpiryTimer', target: 'reauthenticating', actions: 'renew' },
        ],
        RENEWAL: 'reauthenticating',
        RELEASE: 'draining',
        CLOSE: 'tearing-down',
        LOST: AFTER_LOSS,
      },
    },
    reauthenticating: {
      description: 'The session is renewed in place; watches go on meanwhile.',
      on: {
        RENEWED: 'ready',
        FAILED: AFTER_FAILURE,
        LOST: AFTER_LOSS,
        RELEASE: 'tearing-down',
        CLOSE: 'tearing-down',
      },
    },
    'backing-off': {
      description:
        'Waits, longer after each failure; base, factor, cap and jitter of the retry policy.',
      initial: 'passing',
      entry: ['abandon', 'announceTrouble', 'scheduleRetry'],
      exit: 'cancelRetry',
      states: {
        passing: {
          description: 'The server or the network; a probe that is answered ends the waiting.',
          entry: 'scheduleProbe',
          exit: 'cancelProbe',
          on: {
            DUE: [
              { guard: 'isRetryTimer', target: '#smb-connection.connecting' },
              { guard: 'isProbeTimer', actions: 'probe' },
            ],
            ANSWERED: { guard: 'wasUnreachable', target: '#smb-connection.connecting' },
            SILENT: { actions: ['noteSilence', 'scheduleProbe'] },
          },
        },
        refused: {
          description: 'The account or what is demanded of the session; hours between tries.',
          on: {
            DUE: { guard: 'isRetryTimer', target: '#smb-connection.connecting' },
            RELEASE: { guard: 'wasLogonRefused', target: 'remembered' },
          },
        },
        remembered: {
          description:
            'Nobody needs it; whoever comes soon shall not try the refused account again.',
          on: {
            DEMAND: 'refused',
            DUE: { guard: 'isRetryTimer', target: '#smb-connection.closed' },
            CREDENTIALS_CHANGED: '#smb-connection.closed',
            RELEASE: {},
          },
        },
      },
      on: {
        CREDENTIALS_CHANGED: { target: 'connecting', actions: 'forgetFailures' },
        RELEASE: 'closed',
        CLOSE: 'closed',
      },
    },
    draining: {
      description: 'Nobody needs it; it lingers, since people come back.',
      entry: 'scheduleLinger',
      exit: 'cancelLinger',
      on: {
        DEMAND: 'ready',
        DUE: { guard: 'isLingerTimer', target: 'tearing-down' },
        LOST: 'tearing-down',
        CLOSE: 'tearing-down',
      },
    },
    'tearing-down': {
      description: 'Trees, session, connection, in this order, each step guarded and bounded.',
      entry: 'tearDown',
      on: { TORN_DOWN: 'closed' },
    },
    failed: {
      description: 'The attempts of the policy are used up.',
      entry: ['abandon', 'announceFailed'],
      on: {
        DEMAND: { target: 'connecting', actions: 'forgetFailures' },
        CREDENTIALS_CHANGED: { target: 'connecting', actions: 'forgetFailures' },
        RELEASE: 'closed',
        CLOSE: 'closed',
      },
    },
    closed: { type: 'final', description: 'Nothing of it is left.' },
  },
});

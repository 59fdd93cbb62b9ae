import { assign, setup } from 'xstate';
import type { CacheKnowledge } from './cache-state.ts';
import {
  AFTER_CACHE_FAILURE,
  AFTER_CACHE_TROUBLE,
  AFTER_FAILED_CACHE_POLL,
} from './directory-cache-failures.ts';
import type { CacheEvent, CacheInput, CacheTimer } from './directory-cache-types.ts';
import { kindOfFailure } from './failure.ts';
import type { Failure } from './failure.ts';
import { isExhausted } from './retry-policy.ts';

interface CacheContext extends CacheInput {
  /** Failures in a row. */
  readonly attempt: number;
  readonly failure: Failure | undefined;
  readonly knowledge: CacheKnowledge;
  /** Something was lost during the scan that runs: another follows. */
  readonly again: boolean;
  /** Losses in a row without rest between them. */
  readonly overflows: number;
}

const isTimer =
  (timer: CacheTimer) =>
  ({ event }: { event: CacheEvent }): boolean =>
    event.type === 'DUE' && event.timer === timer;

/**
 * Every directory below one, to search: watched before it is listed, so that no change falls between.
 * What was known is served while it is verified, and given up only by proof.
 */
export const directoryCache = setup({
  types: {
    context: {} as CacheContext,
    events: {} as CacheEvent,
    input: {} as CacheInput,
  },
  guards: {
    isFound: ({ event }) => event.type === 'LOADED' && event.found,
    isExhausted: ({ context }) => isExhausted(context.retry, context.attempt + 1),
    isUnnotifiable: ({ event }) =>
      'failure' in event && kindOfFailure(event.failure) === 'unnotifiable',
    /** Only a person, or time, can mend it; whatever is known is kept meanwhile. */
    isLasting: ({ event }) => {
      if (!('failure' in event)) return false;
      const kind = kindOfFailure(event.failure);
      return kind !== 'passing' && kind !== 'unnotifiable';
    },
    /** The same one, not one like it. */
    isToldAgain: ({ context, event }) => 'failure' in event && event.failure === context.failure,
    isLossy: ({ context }) => context.again,
    isRetryTimer: isTimer('retry'),
    isSlowRetryTimer: isTimer('slow-retry'),
    isSettleTimer: isTimer('settle'),
    isRescanTimer: isTimer('rescan'),
    isSampleTimer: isTimer('sample'),
    isPollTimer: isTimer('poll'),
    isUpgradeTimer: isTimer('upgrade'),
    isSteadyTimer: isTimer('steady'),
  },
  actions: {
    load: ({ context }) => context.effects.load(),
    acquire: ({ context }) => context.effects.acquire(),
    connectTree: ({ context }) => context.effects.connectTree(),
    open: ({ context }) => context.effects.open(),
    scanDoubt: ({ context }) => context.effects.scan('doubt'),
    scanAll: ({ context }) => context.effects.scan('all'),
    doubt: ({ context }) => context.effects.doubt(),
    sample: ({ context }) => context.effects.sample(),
    closeWatch: ({ context }) => context.effects.closeWatch(),
    save: ({ context }) => context.effects.save(),
    release: ({ context }) => context.effects.release(),
    noteSnapshot: assign({ knowledge: 'snapshot' }),
    noteFound: assign({
      knowledge: ({ context }) => (context.knowledge === 'nothing' ? 'part' : context.knowledge),
    }),
    noteScanned: assign({ knowledge: 'all' }),
    noteLoss: assign({ again: true, overflows: ({ context }) => context.overflows + 1 }),
    noteAgain: assign({ again: true }),
    forgetAgain: assign({ again: false }),
    noteFailure: assign({
      failure: ({ event, context }) => ('failure' in event ? event.failure : context.failure),
    }),
    countFailure: assign({
      attempt: ({ context }) => context.attempt + 1,
      failure: ({ event, context }) => ('failure' in event ? event.failure : context.failure),
    }),
    forgetFailures: assign({ attempt: 0, overflows: 0, failure: undefined }),
    /** Why it is polled stays known. */
    forgetAttempts: assign({ attempt: 0, overflows: 0 }),
    scheduleRetry: ({ context }) =>
      context.effects.schedule('retry', context.attempt, context.failure),
    cancelRetry: ({ context }) => context.effects.cancel('retry'),
    scheduleSlowRetry: ({ context }) =>
      context.effects.schedule('slow-retry', context.attempt, context.failure),
    cancelSlowRetry: ({ context }) => context.effects.cancel('slow-retry'),
    scheduleSettle: ({ context }) =>
      context.effects.schedule('settle', context.overflows, context.failure),
    cancelSettle: ({ context }) => context.effects.cancel('settle'),
    scheduleRescan: ({ context }) => context.effects.schedule('rescan', 0, context.failure),
    cancelRescan: ({ context }) => context.effects.cancel('rescan'),
    scheduleSample: ({ context }) => context.effects.schedule('sample', 0, context.failure),
    cancelSample: ({ context }) => context.effects.cancel('sample'),
    schedulePoll: ({ context }) => context.effects.schedule('poll', 0, context.failure),
    cancelPoll: ({ context }) => context.effects.cancel('poll'),
    scheduleUpgrade: ({ context }) => context.effects.schedule('upgrade', 0, context.failure),
    cancelUpgrade: ({ context }) => context.effects.cancel('upgrade'),
    scheduleSteady: ({ context }) => context.effects.schedule('steady', 0, context.failure),
    cancelSteady: ({ context }) => context.effects.cancel('steady'),
  },
}).createMachine({
  id: 'directory-cache',
  description: 'Every directory of a connection, kept to be searched.',
  context: ({ input }) => ({
    ...input,
    attempt: 0,
    failure: undefined,
    knowledge: 'nothing',
    again: false,
    overflows: 0,
  }),
  initial: 'idle',
  on: {
    STOP: '.tearing-down',
    LINK_FAILED: { target: '.failed', actions: 'countFailure' },
  },
  states: {
    idle: {
      description: 'Nobody has searched yet.',
      on: { START: 'loading', STOP: 'stopped' },
    },
    loading: {
      description: 'Reads what an earlier life has written.',
      entry: 'load',
      on: {
        LOADED: [
          { guard: 'isFound', target: 'connecting', actions: 'noteSnapshot' },
          { target: 'connecting' },
        ],
      },
    },
    connecting: {
      description: 'Waits for the connection that it shares with watches.',
      entry: 'acquire',
      initial: 'waiting',
      states: {
        waiting: { description: 'For the first word of it.' },
        impeded: { description: 'The connection tries and fails, and tries again.' },
      },
      on: {
        LINK_READY: 'tree-connecting',
        LINK_TROUBLE: [
          { guard: 'isLasting', target: 'stale', actions: 'noteFailure' },
          // Who asks for a connection hears again what was counted when it broke.
          { guard: 'isToldAgain', target: '.impeded' },
          { guard: 'isExhausted', target: 'failed', actions: 'countFailure' },
          { target: '.impeded', actions: 'countFailure' },
        ],
      },
    },
    'tree-connecting': {
      description: 'Connects the share, or joins those who have.',
      entry: 'connectTree',
      on: {
        TREE_CONNECTED: 'opening',
        FAILED: AFTER_CACHE_FAILURE,
        MOVED: 'connecting',
        LINK_TROUBLE: AFTER_CACHE_TROUBLE,
      },
    },
    opening: {
      description: 'CREATE of the top directory, and the first CHANGE_NOTIFY behind it.',
      entry: 'open',
      on: {
        OPENED: 'watching',
        FAILED: AFTER_CACHE_FAILURE,
        MOVED: 'connecting',
        LINK_TROUBLE: AFTER_CACHE_TROUBLE,
      },
    },
    watching: {
      description: 'One handle tells what becomes of directories anywhere below.',
      initial: 'arming',
      states: {
        arming: {
          description: 'Until the server says that it watches.',
          on: { ARMED: 'scanning' },
        },
        scanning: {
          description: 'Lists what is in doubt; what changes meanwhile is listed again.',
          entry: ['forgetAgain', 'scanDoubt'],
          on: {
            FOUND: { actions: 'noteFound' },
            SCANNED: [
              { guard: 'isLossy', target: '#directory-cache.overflow-rescan' },
              { target: 'ready', actions: 'noteScanned' },
            ],
            LOSS: { actions: ['doubt', 'noteLoss'] },
          },
        },
        ready: {
          description: 'Everything was listed, and what changes is told.',
          entry: ['scheduleRescan', 'scheduleSample', 'scheduleSteady'],
          exit: ['cancelRescan', 'cancelSample', 'cancelSteady'],
          on: {
            LOSS: {
              target: '#directory-cache.overflow-rescan',
              actions: ['doubt', 'noteLoss'],
            },
            RESCAN: 'checking',
            DUE: [
              { guard: 'isRescanTimer', target: 'checking' },
              { guard: 'isSampleTimer', actions: ['sample', 'scheduleSample'] },
              { guard: 'isSteadyTimer', actions: 'forgetFailures' },
            ],
          },
        },
        checking: {
          description: 'Lists everything again, for losses that no server signals.',
          entry: ['forgetAgain', 'scanAll'],
          on: {
            SCANNED: [
              { guard: 'isLossy', target: '#directory-cache.overflow-rescan' },
              { target: 'ready' },
            ],
            LOSS: { actions: ['doubt', 'noteLoss'] },
          },
        },
      },
      on: {
        FAILED: AFTER_CACHE_FAILURE,
        MOVED: 'connecting',
        LINK_TROUBLE: AFTER_CACHE_TROUBLE,
        // The scan that is about to run, or runs, does.
        RESCAN: {},
      },
    },
    'overflow-rescan': {
      description: 'Something was lost; what the loss puts in doubt is listed anew.',
      initial: 'settling',
      states: {
        settling: {
          description: 'Losses come in bursts: one scan does for those that follow soon.',
          entry: 'scheduleSettle',
          exit: 'cancelSettle',
          on: {
            DUE: { guard: 'isSettleTimer', target: 'scanning' },
            LOSS: { actions: 'doubt' },
            RESCAN: 'scanning',
          },
        },
        scanning: {
          description: 'Lists what is in doubt.',
          entry: ['forgetAgain', 'scanDoubt'],
          on: {
            SCANNED: [
              { guard: 'isLossy', target: 'settling' },
              { target: '#directory-cache.watching.ready', actions: 'noteScanned' },
            ],
            LOSS: { actions: ['doubt', 'noteLoss'] },
            RESCAN: { actions: ['doubt', 'noteAgain'] },
          },
        },
      },
      on: {
        FOUND: { actions: 'noteFound' },
        FAILED: AFTER_CACHE_FAILURE,
        MOVED: 'connecting',
        LINK_TROUBLE: AFTER_CACHE_TROUBLE,
      },
    },
    'backing-off': {
      description:
        'Waits, longer after each failure; base, factor, cap and jitter of the retry policy.',
      entry: ['closeWatch', 'scheduleRetry'],
      exit: 'cancelRetry',
      on: {
        DUE: { guard: 'isRetryTimer', target: 'connecting' },
        RESCAN: 'connecting',
        LINK_TROUBLE: AFTER_CACHE_TROUBLE,
      },
    },
    polling: {
      description: 'It cannot be watched here, so all of it is listed now and then.',
      entry: ['closeWatch', 'scheduleUpgrade', 'scheduleSteady'],
      exit: ['cancelUpgrade', 'cancelSteady'],
      initial: 'scanning',
      states: {
        scanning: {
          description: 'Lists everything.',
          entry: 'scanAll',
          on: {
            FOUND: { actions: 'noteFound' },
            SCANNED: { target: 'waiting', actions: 'noteScanned' },
            RESCAN: {},
          },
        },
        waiting: {
          description: 'Until it is listed again.',
          entry: 'schedulePoll',
          exit: 'cancelPoll',
          on: {
            DUE: { guard: 'isPollTimer', target: 'scanning' },
            RESCAN: 'scanning',
          },
        },
      },
      on: {
        DUE: [
          { guard: 'isUpgradeTimer', target: 'connecting' },
          { guard: 'isSteadyTimer', actions: 'forgetAttempts' },
        ],
        FAILED: AFTER_FAILED_CACHE_POLL,
        MOVED: 'connecting',
        LINK_TROUBLE: AFTER_CACHE_TROUBLE,
      },
    },
    stale: {
      description:
        'It may not be read, is not there, or the server lacks something: what is known is kept, and tried again, but rarely.',
      entry: ['closeWatch', 'scheduleSlowRetry'],
      exit: 'cancelSlowRetry',
      on: {
        LINK_READY: 'tree-connecting',
        RESCAN: 'connecting',
        DUE: { guard: 'isSlowRetryTimer', target: 'connecting' },
      },
    },
    'tearing-down': {
      description: 'Watches first, then what is known, then tree, session and connection.',
      initial: 'closing',
      states: {
        closing: {
          description: 'The watch and its handle, and those of single directories.',
          entry: 'closeWatch',
          on: { CLOSED: 'saving' },
        },
        saving: {
          description: 'What is known, so that the next life can begin with it.',
          entry: 'save',
          on: { SAVED: 'releasing' },
        },
        releasing: {
          description: 'Share, session and connection, where nobody else needs them.',
          entry: 'release',
          on: { RELEASED: '#directory-cache.stopped' },
        },
      },
      on: { STOP: {}, LINK_FAILED: {} },
    },
    failed: {
      description: 'The attempts of the policy are used up. Told, and not tried again by itself.',
      entry: 'closeWatch',
      on: {
        RESCAN: { target: 'connecting', actions: 'forgetFailures' },
        LINK_FAILED: {},
      },
    },
    stopped: { type: 'final', description: 'Nothing of it is left.' },
  },
});

import { assign, setup } from 'xstate';
import {
  AFTER_FAILED_POLL,
  AFTER_FAILURE,
  AFTER_MOVE,
  AFTER_TROUBLE,
  DUE_RETRY,
  DUE_SLOW_RETRY,
} from './directory-failures.ts';
import { kindOfFailure } from './failure.ts';
import type { Failure, FailureKind } from './failure.ts';
import type { ResyncReason } from './resync-reason.ts';
import { isExhausted } from './retry-policy.ts';
import type { DirectoryEvent, DirectoryInput, DirectoryTimer } from './watched-directory-types.ts';

interface DirectoryContext extends Omit<DirectoryInput, 'gap'> {
  /** Failures in a row. */
  readonly attempt: number;
  /** Times in a row that it showed at its path, and was gone all the same for whoever opened it. */
  readonly misses: number;
  readonly failure: Failure | undefined;
  /** Readers were told once that nothing is missed: from then on each gap has to be told. */
  readonly everArmed: boolean;
  /** What to tell when it is armed again. */
  readonly gap: ResyncReason | undefined;
}

const isKind =
  (kind: FailureKind) =>
  ({ event }: { event: DirectoryEvent }): boolean =>
    'failure' in event && kindOfFailure(event.failure) === kind;

const isTimer =
  (timer: DirectoryTimer) =>
  ({ event }: { event: DirectoryEvent }): boolean =>
    event.type === 'DUE' && event.timer === timer;

/** The strongest of two gaps: that the directory is another one says more than that the link broke. */
function widerGap(one: ResyncReason | undefined, other: ResyncReason): ResyncReason {
  return one === 'recreated' ? one : other;
}

/**
 * One directory that is kept live: armed, then listed, then followed, by the same path after a start,
 * an overflow, a lost connection and a re-creation. A gap is told, never passed over.
 */
export const watchedDirectory = setup({
  types: {
    context: {} as DirectoryContext,
    events: {} as DirectoryEvent,
    input: {} as DirectoryInput,
  },
  guards: {
    isExhausted: ({ context }) => isExhausted(context.retry, context.attempt + 1),
    isGone: isKind('gone'),
    isGoneForGood: ({ context, event }) => context.stopOnDelete && isKind('gone')({ event }),
    isGoneAgain: ({ context, event }) => context.misses > 0 && isKind('gone')({ event }),
    isDenied: ({ event }) => isKind('denied')({ event }) || isKind('refused')({ event }),
    isUnnotifiable: isKind('unnotifiable'),
    isLasting: isKind('lasting'),
    /** The same one, not one like it. */
    isToldAgain: ({ context, event }) => 'failure' in event && event.failure === context.failure,
    isRetryTimer: isTimer('retry'),
    isSlowRetryTimer: isTimer('slow-retry'),
    isRestTimer: isTimer('rest'),
    isPollTimer: isTimer('poll'),
    isUpgradeTimer: isTimer('upgrade'),
    isVerifyTimer: isTimer('verify'),
    isSteadyTimer: isTimer('steady'),
  },
  actions: {
    acquire: ({ context }) => context.effects.acquire(),
    connectTree: ({ context }) => context.effects.connectTree(),
    open: ({ context }) => context.effects.open(),
    list: ({ context }) => context.effects.list(),
    verify: ({ context }) => context.effects.verify(),
    closeWatch: ({ context }) => context.effects.closeWatch(),
    release: ({ context }) => context.effects.release(),
    watchParent: ({ context }) => context.effects.watchParent(),
    look: ({ context }) => context.effects.look(),
    unwatchParent: ({ context }) => context.effects.unwatchParent(),
    tellLoss: ({ context, event }) => {
      if (event.type === 'LOSS') context.effects.tellResync(event.reason);
    },
    tellRefresh: ({ context }) => context.effects.tellResync('refresh'),
    tellGap: ({ context }) => {
      if (context.gap !== undefined) context.effects.tellResync(context.gap);
    },
    noteArmed: assign({ everArmed: true, gap: undefined }),
    noteReconnected: assign({ gap: ({ context }) => gapAfter(context, 'reconnected') }),
    noteReopened: assign({ gap: ({ context }) => gapAfter(context, context.gap ?? 'reopened') }),
    noteRecreated: assign({ gap: ({ context }) => gapAfter(context, 'recreated') }),
    noteDiverged: assign({ gap: ({ context }) => gapAfter(context, 'diverged') }),
    noteFailure: assign({
      failure: ({ event, context }) => ('failure' in event ? event.failure : context.failure),
    }),
    countFailure: assign({
      attempt: ({ context }) => context.attempt + 1,
      failure: ({ event, context }) => ('failure' in event ? event.failure : context.failure),
    }),
    forgetFailures: assign({ attempt: 0, misses: 0, failure: undefined }),
    /** Why it is polled stays known. */
    forgetAttempts: assign({ attempt: 0, misses: 0 }),
    noteFound: assign({ misses: ({ context }) => context.misses + 1 }),
    /** It was there for once; what goes and comes back is looked for soon, but never in a busy loop. */
    noteServed: assign({ misses: ({ context }) => Math.min(context.misses, 1) }),
    scheduleRetry: ({ context }) =>
      context.effects.schedule('retry', context.attempt, context.failure),
    cancelRetry: ({ context }) => context.effects.cancel('retry'),
    scheduleSlowRetry: ({ context }) =>
      context.effects.schedule('slow-retry', context.attempt, context.failure),
    cancelSlowRetry: ({ context }) => context.effects.cancel('slow-retry'),
    scheduleRest: ({ context }) =>
      context.effects.schedule('rest', context.misses, context.failure),
    cancelRest: ({ context }) => context.effects.cancel('rest'),
    schedulePoll: ({ context }) => context.effects.schedule('poll', 0, context.failure),
    cancelPoll: ({ context }) => context.effects.cancel('poll'),
    scheduleUpgrade: ({ context }) => context.effects.schedule('upgrade', 0, context.failure),
    cancelUpgrade: ({ context }) => context.effects.cancel('upgrade'),
    scheduleVerify: ({ context }) => context.effects.schedule('verify', 0, context.failure),
    cancelVerify: ({ context }) => context.effects.cancel('verify'),
    scheduleSteady: ({ context }) => context.effects.schedule('steady', 0, context.failure),
    cancelSteady: ({ context }) => context.effects.cancel('steady'),
  },
}).createMachine({
  id: 'watched-directory',
  description: 'One directory that is kept live, shared by all who agree on where it is and how.',
  context: ({ input }) => ({
    ...input,
    attempt: 0,
    misses: 0,
    failure: undefined,
    everArmed: input.gap !== undefined,
    gap: input.gap,
  }),
  initial: 'idle',
  on: {
    STOP: '.tearing-down',
    LINK_FAILED: { target: '.failed', actions: 'countFailure' },
  },
  states: {
    idle: {
      description: 'Nobody has asked for it yet.',
      on: { START: 'connecting', STOP: 'stopped' },
    },
    connecting: {
      description: 'Waits for the connection that it shares with others.',
      entry: 'acquire',
      initial: 'waiting',
      states: {
        waiting: { description: 'For the first word of it.' },
        impeded: { description: 'The connection tries and fails, and tries again.' },
      },
      on: {
        LINK_READY: 'tree-connecting',
        LINK_TROUBLE: [
          { guard: 'isDenied', target: 'denied', actions: 'noteFailure' },
          { guard: 'isLasting', target: 'unsupported', actions: 'noteFailure' },
          // Who asks for a connection hears again what was counted when it broke.
          { guard: 'isToldAgain', target: '.impeded' },
          { guard: 'isExhausted', target: 'failed', actions: 'countFailure' },
          { target: '.impeded', actions: 'countFailure' },
        ],
        REFRESH: {},
      },
    },
    'tree-connecting': {
      description: 'Connects the share, or joins those who have.',
      entry: 'connectTree',
      on: {
        TREE_CONNECTED: 'opening',
        FAILED: AFTER_FAILURE,
        MOVED: AFTER_MOVE,
        LINK_TROUBLE: AFTER_TROUBLE,
      },
    },
    opening: {
      description: 'CREATE, and the first CHANGE_NOTIFY behind it.',
      entry: 'open',
      on: {
        OPENED: 'watching',
        FAILED: AFTER_FAILURE,
        MOVED: AFTER_MOVE,
        LINK_TROUBLE: AFTER_TROUBLE,
      },
    },
    watching: {
      description: 'The handle is open.',
      initial: 'arming',
      states: {
        arming: {
          description: 'Until the server says that it watches.',
          on: { ARMED: { target: 'listing', actions: ['tellGap', 'noteArmed'] } },
        },
        listing: {
          description: 'Arm, then list: what changes meanwhile is told twice, never zero times.',
          entry: 'list',
          on: {
            LISTED: 'live',
            LOSS: { target: 'listing', reenter: true, actions: 'tellLoss' },
            REFRESH: { target: 'listing', reenter: true, actions: 'tellRefresh' },
          },
        },
        live: {
          description: 'What happens is told.',
          entry: ['noteServed', 'scheduleVerify', 'scheduleSteady'],
          exit: ['cancelVerify', 'cancelSteady'],
          on: {
            LOSS: { target: '#watched-directory.overflow-rescan', actions: 'tellLoss' },
            REFRESH: { target: 'listing', actions: 'tellRefresh' },
            RELIST: 'listing',
            DUE: [
              { guard: 'isVerifyTimer', target: 'verifying' },
              { guard: 'isSteadyTimer', actions: 'forgetFailures' },
            ],
          },
        },
        verifying: {
          description: 'Is it still the directory at this path, and is nothing missing?',
          entry: 'verify',
          on: {
            LISTED: 'live',
            // Watched anew, told, and listed: a watch that the server forgot would stay silent.
            DIVERGED: { target: '#watched-directory.connecting', actions: 'noteDiverged' },
            LOSS: { target: '#watched-directory.overflow-rescan', actions: 'tellLoss' },
            REFRESH: { target: 'listing', actions: 'tellRefresh' },
            RELIST: 'listing',
          },
        },
      },
      on: {
        FAILED: AFTER_FAILURE,
        MOVED: AFTER_MOVE,
        REPLACED: { target: 'backing-off', actions: ['countFailure', 'noteRecreated'] },
        LINK_TROUBLE: AFTER_TROUBLE,
      },
    },
    'overflow-rescan': {
      description: 'Something was lost, and was told; what is known is listed anew.',
      entry: 'list',
      on: {
        LISTED: 'watching.live',
        // Told once more, since readers may have listed in between; one listing does for all.
        LOSS: { target: 'overflow-rescan', reenter: true, actions: 'tellLoss' },
        REFRESH: { target: 'overflow-rescan', reenter: true, actions: 'tellRefresh' },
        FAILED: AFTER_FAILURE,
        MOVED: AFTER_MOVE,
        REPLACED: { target: 'backing-off', actions: ['countFailure', 'noteRecreated'] },
        LINK_TROUBLE: AFTER_TROUBLE,
      },
    },
    'backing-off': {
      description:
        'Waits, longer after each failure; base, factor, cap and jitter of the retry policy.',
      entry: ['closeWatch', 'scheduleRetry'],
      exit: 'cancelRetry',
      on: {
        DUE: DUE_RETRY,
        REFRESH: 'connecting',
        LINK_TROUBLE: AFTER_TROUBLE,
      },
    },
    polling: {
      description: 'It cannot be watched here, so it is listed, more often while it changes.',
      entry: ['closeWatch', 'scheduleUpgrade', 'scheduleSteady'],
      exit: ['cancelUpgrade', 'cancelSteady'],
      initial: 'listing',
      states: {
        listing: {
          description: 'What differs from the listing before is told.',
          entry: 'list',
          on: {
            LISTED: { target: 'waiting', actions: ['tellGap', 'noteArmed'] },
            REFRESH: { target: 'listing', reenter: true, actions: 'tellRefresh' },
          },
        },
        waiting: {
          description: 'Until it is listed again.',
          entry: ['noteServed', 'schedulePoll'],
          exit: 'cancelPoll',
          on: {
            DUE: { guard: 'isPollTimer', target: 'listing' },
            REFRESH: { target: 'listing', actions: 'tellRefresh' },
            RELIST: 'listing',
          },
        },
      },
      on: {
        DUE: [
          { guard: 'isUpgradeTimer', target: 'connecting', actions: 'noteReopened' },
          { guard: 'isSteadyTimer', actions: 'forgetAttempts' },
        ],
        FAILED: AFTER_FAILED_POLL,
        MOVED: AFTER_MOVE,
        LINK_TROUBLE: AFTER_TROUBLE,
      },
    },
    deleted: {
      description:
        'Its handle is closed, so that the name is free; the parent is watched meanwhile.',
      entry: ['closeWatch', 'watchParent', 'scheduleSlowRetry'],
      exit: ['unwatchParent', 'cancelSlowRetry'],
      initial: 'waiting',
      states: {
        waiting: {
          description: 'Until something happens beside it.',
          on: { PARENT_CHANGED: { actions: 'look' } },
        },
        resting: {
          description:
            'It shows at its path, and cannot be opened: hints have to wait, as the retry policy says.',
          entry: 'scheduleRest',
          exit: 'cancelRest',
          on: {
            DUE: {
              guard: 'isRestTimer',
              target: 'waiting',
              // For whatever was hinted meanwhile.
              actions: ['look', 'scheduleSlowRetry'],
            },
          },
        },
      },
      on: {
        DUE: { guard: 'isSlowRetryTimer', actions: ['look', 'scheduleSlowRetry'] },
        FOUND: { target: 'connecting', actions: 'noteFound' },
        REFRESH: 'connecting',
        LINK_READY: 'tree-connecting',
      },
    },
    denied: {
      description: 'The account may not read it, or may not log on; tried again, but rarely.',
      entry: ['closeWatch', 'scheduleSlowRetry'],
      exit: 'cancelSlowRetry',
      on: {
        LINK_READY: { target: 'tree-connecting', actions: 'noteReopened' },
        REFRESH: { target: 'connecting', actions: 'noteReopened' },
        DUE: [{ ...DUE_SLOW_RETRY, actions: 'noteReopened' }],
      },
    },
    unsupported: {
      description: 'The server lacks something; a person has to mend it.',
      entry: ['closeWatch', 'scheduleSlowRetry'],
      exit: 'cancelSlowRetry',
      on: {
        LINK_READY: { target: 'tree-connecting', actions: 'noteReopened' },
        REFRESH: { target: 'connecting', actions: 'noteReopened' },
        DUE: [{ ...DUE_SLOW_RETRY, actions: 'noteReopened' }],
      },
    },
    'tearing-down': {
      description: 'Watch and open first, then tree, session and connection; each step guarded.',
      initial: 'closing',
      states: {
        closing: {
          description: 'The watch and its handle.',
          entry: 'closeWatch',
          on: { CLOSED: 'releasing' },
        },
        releasing: {
          description: 'Share, session and connection, where nobody else needs them.',
          entry: 'release',
          on: { RELEASED: '#watched-directory.stopped' },
        },
      },
      on: { STOP: {}, LINK_FAILED: {} },
    },
    failed: {
      description: 'The attempts of the policy are used up. Told, and not tried again by itself.',
      entry: ['closeWatch'],
      on: {
        REFRESH: { target: 'connecting', actions: ['forgetFailures', 'noteReopened'] },
        LINK_FAILED: {},
      },
    },
    stopped: { type: 'final', description: 'Nothing of it is left.' },
  },
});

/** Before anybody was told that nothing is missed there is no gap to tell. */
function gapAfter(context: DirectoryContext, reason: ResyncReason): ResyncReason | undefined {
  return context.everArmed ? widerGap(context.gap, reason) : undefined;
}

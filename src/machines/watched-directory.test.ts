import { describe, expect, it } from 'vitest';
import { failureOfKind } from '../../test/support/chart-events.ts';
import { runDirectory } from '../../test/support/chart-run.ts';
import type { Running, Sent } from '../../test/support/chart-run.ts';
import type { FailureKind } from './failure.ts';
import type { DirectoryEvent, DirectoryTimer } from './watched-directory-types.ts';

const failed = (kind: FailureKind) => ({ type: 'FAILED', failure: failureOfKind(kind) }) as const;
const trouble = (kind: FailureKind) =>
  ({ type: 'LINK_TROUBLE', failure: failureOfKind(kind) }) as const;
const due = (timer: DirectoryTimer) => ({ type: 'DUE', timer }) as const;
const TO_ARMED = ['LINK_READY', 'TREE_CONNECTED', 'OPENED', 'ARMED'] as const;
const OVERFLOW = { type: 'LOSS', reason: 'overflow' } as const;

function live(options?: Parameters<typeof runDirectory>[0]): Running<DirectoryEvent> {
  const directory = runDirectory(options);
  directory.send('START', ...TO_ARMED, 'LISTED');
  expect(directory.state).toBe('watching.live');
  return directory;
}

function polled(): Running<DirectoryEvent> {
  const directory = runDirectory();
  directory.send('START', 'LINK_READY', 'TREE_CONNECTED', failed('unnotifiable'), 'LISTED');
  expect(directory.state).toBe('polling.waiting');
  return directory;
}

/** What it tells and does, without its timers. */
function deeds(calls: readonly string[]): readonly string[] {
  return calls.filter((call) => !/^(schedule|cancel) /.test(call));
}

describe('a watched directory that starts', () => {
  it('connects, opens, arms, and lists only then', () => {
    const directory = runDirectory();
    expect(directory.send('START')).toEqual(['acquire']);
    expect(directory.send('LINK_READY')).toEqual(['connectTree']);
    expect(directory.send('TREE_CONNECTED')).toEqual(['open']);
    expect(directory.send('OPENED')).toEqual([]);
    expect(directory.state).toBe('watching.arming');
    expect(directory.send('ARMED')).toEqual(['list']);
    expect(directory.send('LISTED')).toEqual(['schedule verify 0', 'schedule steady 0']);
    expect(directory.state).toBe('watching.live');
  });

  it('tells no gap before anybody was told that nothing is missed', () => {
    const directory = runDirectory();
    const calls = directory.send(
      ...(['START', 'LINK_READY', failed('passing'), due('retry')] as const),
      ...([trouble('passing'), ...TO_ARMED, 'LISTED'] as const),
    );
    expect(calls.filter((call) => call.startsWith('tellResync'))).toEqual([]);
    expect(directory.state).toBe('watching.live');
  });

  it('tells the gap of a life before, when it is armed', () => {
    const directory = runDirectory({ gap: 'restarted' });
    directory.send('START', 'LINK_READY', 'TREE_CONNECTED', 'OPENED');
    expect(directory.send('ARMED')).toEqual(['tellResync restarted', 'list']);
  });
});

describe('a watched directory that is polled', () => {
  it('waits longer each time when there is no room even for a listing', () => {
    const directory = polled();
    for (const attempt of [1, 2, 3]) {
      directory.send(due('poll'));
      const calls = directory.send(failed('unnotifiable'));
      expect(directory.state).toBe('backing-off');
      expect(calls).not.toContain('list');
      expect(calls).toContain(`schedule retry ${attempt}`);
      directory.send(due('retry'), 'LINK_READY', 'TREE_CONNECTED', failed('unnotifiable'));
      expect(directory.state).toBe('polling.listing');
      expect(deeds(directory.send('LISTED'))).toContain('tellResync reopened');
    }
  });
});

describe('a watched directory that lives', () => {
  it('lists and tells when its connection was lost and is back', () => {
    const directory = live();
    expect(deeds(directory.send(trouble('passing')))).toEqual(['acquire']);
    expect(directory.state).toBe('connecting.waiting');
    expect(deeds(directory.send(...TO_ARMED))).toEqual([
      ...['connectTree', 'open', 'tellResync reconnected', 'list'],
    ]);
  });

  it('tells an overflow at once, and once more for each that comes while it lists', () => {
    const directory = live();
    expect(deeds(directory.send(OVERFLOW))).toEqual(['tellResync overflow', 'list']);
    expect(directory.state).toBe('overflow-rescan');
    expect(directory.send(OVERFLOW)).toEqual(['tellResync overflow', 'list']);
    directory.send('LISTED');
    expect(directory.state).toBe('watching.live');
  });

  it('closes its handle when it is deleted, looks for it, and tells that it is another one', () => {
    const directory = live();
    expect(deeds(directory.send(failed('gone')))).toEqual(['closeWatch', 'watchParent']);
    expect(directory.state).toBe('deleted.waiting');
    expect(directory.send('PARENT_CHANGED')).toEqual(['look']);
    expect(directory.send(due('slow-retry'))).toEqual(['look', 'schedule slow-retry 0']);
    expect(deeds(directory.send('FOUND'))).toEqual(['unwatchParent', 'acquire']);
    expect(deeds(directory.send(...TO_ARMED))).toContain('tellResync recreated');
  });

  it('rests longer each time when it shows at its path and is gone for whoever opens it', () => {
    const directory = live();
    directory.send(failed('gone'));
    for (const miss of [1, 2, 3]) {
      expect(deeds(directory.send('FOUND'))).toEqual(['unwatchParent', 'acquire']);
      const calls = directory.send('LINK_READY', failed('gone'));
      expect(directory.state).toBe('deleted.resting');
      expect(calls).toContain(`schedule rest ${miss}`);
      expect(directory.send('PARENT_CHANGED')).toEqual([]);
      expect(deeds(directory.send(due('rest')))).toEqual(['look']);
      expect(directory.state).toBe('deleted.waiting');
      expect(directory.send('PARENT_CHANGED')).toEqual(['look']);
    }
    directory.send('FOUND', ...TO_ARMED, 'LISTED', failed('gone'));
    expect(directory.state).toBe('deleted.resting');
    directory.send('FOUND', ...TO_ARMED, 'LISTED', due('steady'), failed('gone'));
    expect(directory.state).toBe('deleted.waiting');
  });

  it('remembers that it is another one through every trouble on the way back', () => {
    const directory = live();
    directory.send(failed('gone'), 'FOUND', 'LINK_READY', failed('passing'), due('retry'));
    directory.send(trouble('passing'), 'LINK_READY', failed('denied'), due('slow-retry'));
    expect(deeds(directory.send(...TO_ARMED))).toContain('tellResync recreated');
  });

  it('opens anew when something else stands at its path', () => {
    const directory = live();
    directory.send(due('verify'));
    expect(directory.state).toBe('watching.verifying');
    expect(directory.send('REPLACED')).toEqual(['closeWatch', 'schedule retry 1']);
    expect(deeds(directory.send(due('retry'), ...TO_ARMED))).toContain('tellResync recreated');
  });

  it('is watched anew when something was missed without a word, and tells that then', () => {
    const directory = live();
    directory.send(due('verify'));
    const calls = directory.send('DIVERGED');
    expect(directory.state).toBe('connecting.waiting');
    expect(calls).toContain('acquire');
    expect(deeds(calls)).not.toContain('tellResync diverged');
    const armed = deeds(directory.send(...TO_ARMED));
    expect(armed.slice(-2)).toEqual(['tellResync diverged', 'list']);
  });

  it('tells a refresh, and lists', () => {
    expect(deeds(live().send('REFRESH'))).toEqual(['tellResync refresh', 'list']);
  });

  it('goes to another connection with a gap', () => {
    const directory = live();
    expect(deeds(directory.send('MOVED', ...TO_ARMED))).toEqual([
      ...['acquire', 'connectTree', 'open', 'tellResync reopened', 'list'],
    ]);
  });
});

describe('a watched directory that is refused', () => {
  it.each(['denied', 'refused'] as const)('is denied when it is %s, and asks rarely', (kind) => {
    const directory = live();
    expect(deeds(directory.send(failed(kind)))).toEqual(['closeWatch']);
    expect(directory.state).toBe('denied');
    directory.send(due('retry'));
    expect(directory.state).toBe('denied');
    expect(directory.send(due('slow-retry'))).toEqual(['cancel slow-retry', 'acquire']);
    expect(deeds(directory.send(...TO_ARMED))).toContain('tellResync reopened');
  });

  it('is denied when its connection is, and unsupported when that cannot be', () => {
    const denied = runDirectory();
    denied.send('START', trouble('refused'));
    expect(denied.state).toBe('denied');
    const unsupported = runDirectory();
    unsupported.send('START', trouble('lasting'));
    expect(unsupported.state).toBe('unsupported');
  });
});

describe('a directory that cannot be watched', () => {
  it('is listed from time to time', () => {
    const directory = polled();
    expect(deeds(directory.send(due('poll')))).toEqual(['list']);
    expect(directory.send('LISTED')).toEqual(['schedule poll 0']);
  });

  it('is tried to be watched now and then', () => {
    const directory = polled();
    expect(deeds(directory.send(due('upgrade')))).toEqual(['acquire']);
    // What came and went between two listings, and what happened below, nobody has seen.
    expect(deeds(directory.send(...TO_ARMED))).toContain('tellResync reopened');
    directory.send('LISTED');
    expect(directory.state).toBe('watching.live');
  });

  it('is told to have a gap when it was watched before', () => {
    const directory = live();
    expect(deeds(directory.send(failed('unnotifiable')))).toEqual(['closeWatch', 'list']);
    expect(deeds(directory.send('LISTED'))).toEqual(['tellResync reopened']);
  });

  it('forgets failures when it was polled for a while, but not why', () => {
    const directory = runDirectory({ retry: { maxAttempts: 2 } });
    directory.send('START', 'LINK_READY', failed('passing'), due('retry'), 'LINK_READY');
    directory.send(failed('unnotifiable'), 'LISTED');
    expect(directory.attempt).toBe(1);
    directory.send(due('steady'), failed('passing'));
    expect([directory.state, directory.attempt]).toEqual(['backing-off', 1]);
  });
});

describe('the attempts of a watched directory', () => {
  it.each([1, 2, 5])('are used up by %d failures in a row, and no fewer', (maxAttempts) => {
    const directory = runDirectory({ retry: { maxAttempts } });
    directory.send('START');
    for (let attempt = 1; attempt < maxAttempts; attempt += 1) {
      expect(directory.send('LINK_READY', failed('passing'))).toContain(
        `schedule retry ${attempt}`,
      );
      expect(directory.state).toBe('backing-off');
      directory.send(due('retry'));
    }
    directory.send('LINK_READY', failed('passing'));
    expect(directory.state).toBe('failed');
  });

  it.each([1, 2, 5])('are used up by %d troubles of its connection', (maxAttempts) => {
    const directory = live({ retry: { maxAttempts } });
    for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
      expect(directory.state).not.toBe('failed');
      const lost = {
        type: 'LINK_TROUBLE',
        failure: { code: 'timeout', message: `${attempt}` },
      } as const;
      // Told when it breaks, and again to who asks for a connection.
      directory.send(lost, lost);
    }
    expect(directory.state).toBe('failed');
  });

  it('never end by default', () => {
    const directory = runDirectory();
    directory.send('START');
    for (let attempt = 1; attempt <= 1_000; attempt += 1) {
      directory.send('LINK_READY', failed('passing'));
      expect(directory.state).toBe('backing-off');
      directory.send(due('retry'));
    }
    expect(directory.attempt).toBe(1_000);
  });

  it('begin anew after a steady while, and when somebody asks after they were used up', () => {
    const directory = live({ retry: { maxAttempts: 2 } });
    directory.send(failed('passing'), due('retry'), ...TO_ARMED, 'LISTED', due('steady'));
    directory.send(failed('passing'));
    expect(directory.state).toBe('backing-off');
    directory.send(due('retry'), 'LINK_READY', failed('passing'));
    expect(directory.state).toBe('failed');
    directory.send('REFRESH');
    expect([directory.state, directory.attempt]).toEqual(['connecting.waiting', 0]);
  });

  it('are not used up by what is gone or cannot be watched', () => {
    for (const kind of ['gone', 'unnotifiable'] as const) {
      const directory = runDirectory({ retry: { maxAttempts: 1 } });
      directory.send('START', 'LINK_READY', failed(kind));
      expect(directory.state).toMatch(/^(deleted|polling)/);
    }
  });

  it('do not count for one that is given up when it is deleted', () => {
    const directory = live({ stopOnDelete: true });
    directory.send(failed('gone'));
    expect(directory.state).toBe('failed');
  });
});

describe('a watched directory that is stopped', () => {
  const stages: readonly (readonly [string, () => Running<DirectoryEvent>])[] = [
    ['that connects', () => after('START')],
    ['that connects its tree', () => after('START', 'LINK_READY')],
    ['that opens', () => after('START', 'LINK_READY', 'TREE_CONNECTED')],
    ['that arms', () => after('START', 'LINK_READY', 'TREE_CONNECTED', 'OPENED')],
    ['that lists', () => after('START', ...TO_ARMED)],
    ['that is live', () => live()],
    ['that polls', polled],
    ['that waits', () => after('START', 'LINK_READY', failed('passing'))],
    ['that is deleted', () => after('START', 'LINK_READY', failed('gone'))],
    ['that is denied', () => after('START', 'LINK_READY', failed('denied'))],
    ['that is unsupported', () => after('START', 'LINK_READY', failed('lasting'))],
  ];
  it.each(stages)('closes first and gives back then: one %s', (_, make) => {
    const directory = make();
    expect(deeds(directory.send('STOP')).at(-1)).toBe('closeWatch');
    expect(directory.send('CLOSED')).toEqual(['release']);
    expect(directory.state).toBe('tearing-down.releasing');
    expect(directory.send('RELEASED')).toEqual([]);
    expect(directory.state).toBe('stopped');
  });

  it('hears nothing any more', () => {
    const directory = live();
    directory.send('STOP');
    for (const state of ['tearing-down.closing', 'tearing-down.releasing']) {
      expect(directory.state).toBe(state);
      expect(
        directory.send(
          ...(['START', 'STOP', 'REFRESH', 'MOVED', 'LISTED', 'FOUND', ...TO_ARMED] as const),
          ...[failed('passing'), trouble('passing'), OVERFLOW, due('verify')],
          { type: 'LINK_FAILED', failure: failureOfKind('passing') },
        ),
      ).toEqual([]);
      directory.send(state === 'tearing-down.closing' ? 'CLOSED' : 'RELEASED');
    }
    expect(directory.state).toBe('stopped');
  });

  it('is over at once when it never began', () => {
    const directory = runDirectory();
    expect(directory.send('STOP')).toEqual([]);
    expect(directory.state).toBe('stopped');
  });
});

function after(...events: readonly Sent<DirectoryEvent>[]): Running<DirectoryEvent> {
  const directory = runDirectory();
  directory.send(...events);
  return directory;
}

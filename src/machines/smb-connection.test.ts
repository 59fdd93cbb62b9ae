import { describe, expect, it } from 'vitest';
import { failureOfKind, UNREACHABLE } from '../../test/support/chart-events.ts';
import { runConnection } from '../../test/support/chart-run.ts';
import type { Running } from '../../test/support/chart-run.ts';
import type { Failure, FailureKind } from './failure.ts';
import type { RetryPolicy } from './retry-policy.ts';
import type { ConnectionEvent, ConnectionTimer } from './smb-connection.ts';

const failed = (failure: Failure) => ({ type: 'FAILED', failure }) as const;
const lost = (failure: Failure) => ({ type: 'LOST', failure }) as const;
const due = (timer: ConnectionTimer) => ({ type: 'DUE', timer }) as const;
const PASSING = failureOfKind('passing');
const REFUSED = failureOfKind('refused');
const TO_READY = ['RESOLVED', 'DIALED', 'NEGOTIATED', 'AUTHENTICATED'] as const;

function ready(retry?: Partial<RetryPolicy>): Running<ConnectionEvent> {
  const connection = runConnection(retry);
  connection.send('DEMAND', ...TO_READY);
  expect(connection.state).toBe('ready');
  return connection;
}

describe('a connection that somebody needs', () => {
  it('goes from a name to a session, one step after the other', () => {
    const connection = runConnection();
    expect(connection.send('DEMAND')).toEqual(['resolve']);
    expect(connection.send('RESOLVED')).toEqual(['dial']);
    expect(connection.send('DIALED')).toEqual(['negotiate']);
    expect(connection.send('NEGOTIATED')).toEqual(['authenticate']);
    expect(connection.send('AUTHENTICATED')).toEqual([
      ...['announceReady', 'schedule steady 0', 'schedule expiry 0'],
    ]);
    expect(connection.state).toBe('ready');
  });

  it('lets go of what is left of a lost one, tells, and tries again', () => {
    const connection = ready();
    expect(connection.send(lost(PASSING))).toEqual([
      ...['cancel steady', 'cancel expiry', 'abandon', 'announceTrouble timeout'],
      ...['schedule retry 1', 'schedule probe 1'],
    ]);
    expect(connection.send(due('retry'))).toEqual(['cancel probe', 'cancel retry', 'resolve']);
  });

  it('comes back as soon as a server that was unreachable answers', () => {
    const connection = runConnection();
    connection.send('DEMAND', 'RESOLVED', failed(UNREACHABLE));
    expect(connection.send(due('probe'))).toEqual(['probe']);
    expect(connection.send('SILENT')).toEqual(['schedule probe 1']);
    expect(connection.send(due('probe'), 'ANSWERED')).toContain('resolve');
  });

  it('comes back as soon as a server answers that was lost and then silent', () => {
    const connection = ready();
    connection.send(lost(PASSING), due('probe'));
    expect(connection.send('SILENT')).toEqual(['schedule probe 1']);
    expect(connection.send(due('probe'), 'ANSWERED')).toContain('resolve');
  });

  it('waits its time when a server takes connections and fails then', () => {
    const connection = runConnection();
    connection.send('DEMAND', 'RESOLVED', 'DIALED', failed(PASSING), due('probe'));
    expect(connection.send('ANSWERED')).toEqual([]);
    expect(connection.state).toBe('backing-off.passing');
  });

  it('renews its session in place before it expires, and when the client says so', () => {
    const connection = ready();
    expect(connection.send(due('expiry'))).toEqual(['cancel steady', 'cancel expiry', 'renew']);
    expect(connection.send('RENEWED')).toContain('announceReady');
    expect(connection.send('RENEWAL')).not.toContain('renew');
    expect(connection.state).toBe('reauthenticating');
  });
});

describe('a connection that is refused', () => {
  it.each<FailureKind>(['refused', 'denied', 'lasting'])('is not probed: %s', (kind) => {
    const connection = runConnection();
    connection.send('DEMAND', 'RESOLVED', 'DIALED', 'NEGOTIATED');
    const calls = connection.send(failed(failureOfKind(kind)));
    expect(connection.state).toBe('backing-off.refused');
    expect(calls.filter((call) => call.startsWith('schedule'))).toEqual(['schedule retry 1']);
  });

  it('is tried at once with other credentials', () => {
    const connection = runConnection();
    connection.send('DEMAND', 'RESOLVED', 'DIALED', 'NEGOTIATED', failed(REFUSED));
    expect(connection.send('CREDENTIALS_CHANGED')).toEqual(['cancel retry', 'resolve']);
    expect(connection.attempt).toBe(0);
  });

  it('is remembered when nobody needs it, so that who comes back does not lock the account', () => {
    const connection = runConnection();
    connection.send('DEMAND', 'RESOLVED', 'DIALED', 'NEGOTIATED', failed(REFUSED));
    for (let turn = 0; turn < 3; turn += 1) {
      expect(connection.send('RELEASE')).toEqual([]);
      expect(connection.state).toBe('backing-off.remembered');
      expect(connection.send('DEMAND')).toEqual([]);
      expect(connection.state).toBe('backing-off.refused');
    }
    connection.send('RELEASE', due('retry'));
    expect(connection.state).toBe('closed');
  });

  it('is forgotten when what was refused was not the logon', () => {
    const connection = runConnection();
    connection.send('DEMAND', 'RESOLVED', 'DIALED', 'NEGOTIATED', failed(failureOfKind('lasting')));
    connection.send('RELEASE');
    expect(connection.state).toBe('closed');
  });

  it('is refused also while its session is renewed', () => {
    const connection = ready();
    connection.send('RENEWAL', failed(REFUSED));
    expect(connection.state).toBe('backing-off.refused');
  });
});

describe('the attempts of a connection', () => {
  it.each([1, 2, 5])('are used up by %d failures in a row, and no fewer', (maxAttempts) => {
    const connection = runConnection({ maxAttempts });
    connection.send('DEMAND');
    for (let attempt = 1; attempt < maxAttempts; attempt += 1) {
      expect(connection.send(failed(PASSING))).toContain(`schedule retry ${attempt}`);
      connection.send(due('retry'));
      expect(connection.state).toBe('connecting.resolving');
    }
    expect(connection.send(failed(PASSING))).toEqual(['abandon', 'announceFailed timeout']);
    expect(connection.state).toBe('failed');
  });

  it.each([
    ['lives', (connection: Running<ConnectionEvent>) => connection.send()],
    ['is renewed', (connection: Running<ConnectionEvent>) => connection.send('RENEWAL')],
  ])('count a loss while it %s', (_, prepare) => {
    const connection = ready({ maxAttempts: 1 });
    prepare(connection);
    connection.send(lost(PASSING));
    expect(connection.state).toBe('failed');
  });

  it('never end by default', () => {
    const connection = runConnection();
    connection.send('DEMAND');
    for (let attempt = 0; attempt < 1_000; attempt += 1) {
      connection.send(failed(PASSING), due('retry'));
      expect(connection.state).toBe('connecting.resolving');
    }
  });

  it('begin anew after a steady while, and with new demand after they were used up', () => {
    const connection = ready({ maxAttempts: 2 });
    connection.send(lost(PASSING), due('retry'), ...TO_READY, due('steady'));
    expect(connection.attempt).toBe(0);
    connection.send(lost(PASSING), due('retry'), failed(PASSING));
    expect(connection.state).toBe('failed');
    connection.send('DEMAND');
    expect([connection.state, connection.attempt]).toEqual(['connecting.resolving', 0]);
  });
});

describe('a connection that nobody needs', () => {
  it('lingers for those who come back', () => {
    const connection = ready();
    expect(connection.send('RELEASE')).toContain('schedule linger 0');
    expect(connection.send('DEMAND')).toContain('announceReady');
    expect(connection.state).toBe('ready');
  });

  it('is torn down after that', () => {
    const connection = ready();
    connection.send('RELEASE');
    expect(connection.send(due('linger'))).toEqual(['cancel linger', 'tearDown']);
    expect(connection.send('TORN_DOWN')).toEqual([]);
    expect(connection.state).toBe('closed');
  });

  it.each([
    ['resolves', ['DEMAND']],
    ['dials', ['DEMAND', 'RESOLVED']],
    ['negotiates', ['DEMAND', 'RESOLVED', 'DIALED']],
    ['logs on', ['DEMAND', 'RESOLVED', 'DIALED', 'NEGOTIATED']],
  ] as const)('is torn down while it %s', (_, events) => {
    const connection = runConnection();
    connection.send(...events);
    expect(connection.send('RELEASE')).toEqual(['tearDown']);
    connection.send('TORN_DOWN');
    expect(connection.state).toBe('closed');
  });

  it('has nothing left to tear down while it waits', () => {
    const connection = ready();
    connection.send(lost(PASSING));
    expect(connection.send('CLOSE')).toEqual(['cancel probe', 'cancel retry']);
    expect(connection.state).toBe('closed');
  });
});

import { describe, expect, it } from 'vitest';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { ErrorCode } from '../errors/codes.ts';
import type { WatchLine } from './watch-lines.ts';
import { watchSession } from './watch-session.ts';
import type { FeedEvent, WatchFeed, WatchSessionOptions } from './watch-session.ts';

/** What one try does: fail to open, or live for a while, tell something, and fail. */
type Try =
  | ErrorCode
  | { events?: FeedEvent[]; livesMs?: number; ends?: ErrorCode | 'end' | 'abort' };

/** Plays tries to a session in virtual time; after the last one it is aborted. */
class Stage {
  readonly lines: WatchLine[] = [];
  readonly slept: number[] = [];
  closed = 0;
  opened = 0;
  #now = Date.parse('2026-01-01T00:00:00Z');
  readonly #abort = new AbortController();
  readonly #tries: Try[];

  constructor(tries: Try[]) {
    this.#tries = tries;
  }

  run(options: Partial<WatchSessionOptions> = {}): Promise<void> {
    return watchSession({
      open: () => this.#open(),
      emit: (line) => void this.lines.push(line),
      signal: this.#abort.signal,
      retry: true,
      epoch: 'e',
      now: () => this.#now,
      random: () => 0.5,
      sleep: async (ms) => {
        this.slept.push(ms);
        this.#now += ms;
      },
      ...options,
    });
  }

  /** What was printed, in short. */
  get story(): string[] {
    return this.lines.map((line) => {
      if (line.type === 'state') return `state ${line.state}`;
      if (line.type === 'resync') return `resync ${line.seq} ${line.reason}`;
      if (line.type === 'change') return `change ${line.seq}`;
      return `subscribed ${line.seq}`;
    });
  }

  async #open(): Promise<WatchFeed> {
    const next = this.#tries.shift();
    if (next === undefined) {
      this.#abort.abort();
      throw new TidewatchError('aborted', 'aborted');
    }
    if (typeof next === 'string') throw new TidewatchError(next, next);
    this.opened++;
    return { events: this.#live(next), close: async () => void this.closed++ };
  }

  async *#live({ events = [], livesMs = 0, ends = 'end' }: Exclude<Try, string>) {
    yield* events;
    this.#now += livesMs;
    if (ends === 'abort') this.#abort.abort();
    if (ends !== 'end' && ends !== 'abort') throw new TidewatchError(ends, ends);
  }
}

const change: FeedEvent = { type: 'changes', changes: [{ action: 'added', path: 'a' }] };

describe('a watch session', () => {
  it('connects, is subscribed, tells changes and stops', async () => {
    const stage = new Stage([
      { events: [change, { type: 'rescan', reason: 'overflow' }, change], ends: 'abort' },
    ]);
    await stage.run();
    expect(stage.story).toEqual([
      'state connecting',
      'subscribed 0',
      'change 1',
      'resync 2 overflow',
      'change 3',
      'state stopped',
    ]);
    expect(stage.lines[0]).toMatchObject({ since: '2026-01-01T00:00:00.000Z' });
    expect(stage.lines[2]).toEqual({
      type: 'change',
      seq: 1,
      changes: [{ action: 'added', path: 'a' }],
    });
  });

  it.each<[string, Try, string, string]>([
    ['a lost connection', { ends: 'disconnected' }, 'reconnecting', 'reconnected'],
    ['a watch that the server ended', { ends: 'watch_ended' }, 'reconnecting', 'reopened'],
    ['a watch that ends without a word', { ends: 'end' }, 'reconnecting', 'reopened'],
    ['a deleted directory', { ends: 'directory_deleted' }, 'deleted', 'recreated'],
  ])('answers %s with a resync once it is back', async (_, failing, state, reason) => {
    const stage = new Stage([failing, { events: [change], ends: 'abort' }]);
    await stage.run();
    expect(stage.story).toEqual([
      'state connecting',
      'subscribed 0',
      `state ${state}`,
      'state live',
      `resync 1 ${reason}`,
      'change 2',
      'state stopped',
    ]);
    expect(stage.closed).toBe(stage.opened);
  });

  it('names the worst of what happened while it was away', async () => {
    const stage = new Stage([
      { ends: 'directory_deleted' },
      'not_found',
      'unreachable',
      { ends: 'disconnected' },
      { ends: 'watch_ended' },
      { ends: 'abort' },
    ]);
    await stage.run();
    expect(stage.story.filter((line) => line.startsWith('resync'))).toEqual([
      'resync 1 recreated',
      'resync 2 reconnected',
      'resync 3 reopened',
    ]);
  });

  it('waits longer from failure to failure, up to a minute', async () => {
    const stage = new Stage(Array<Try>(10).fill('unreachable'));
    await stage.run();
    expect(stage.slept).toEqual([250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    const waits = stage.lines.flatMap((line) => ('retry_in_ms' in line ? [line.retry_in_ms] : []));
    expect(waits).toEqual(stage.slept);
    const attempts = stage.lines.flatMap((line) => ('attempt' in line ? [line.attempt] : []));
    expect(attempts).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('starts again with short waits after a watch that lived, not after one that died at once', async () => {
    const stage = new Stage([
      'unreachable',
      'unreachable',
      { livesMs: 20_000, ends: 'disconnected' },
      { livesMs: 5, ends: 'disconnected' },
      { livesMs: 5, ends: 'disconnected' },
    ]);
    await stage.run();
    expect(stage.slept).toEqual([250, 500, 250, 500, 1000]);
  });

  it.each<[ErrorCode, string]>([
    ['logon_failure', 'denied'],
    ['access_denied', 'denied'],
    ['notify_unsupported', 'unsupported'],
    ['unsupported', 'unsupported'],
    ['not_found', 'failed'],
    ['share_not_found', 'failed'],
    ['not_a_directory', 'failed'],
  ])('ends at %s, which time does not mend', async (code, state) => {
    const stage = new Stage([code]);
    await expect(stage.run()).rejects.toMatchObject({ code });
    expect(stage.lines.at(-1)).toMatchObject({ type: 'state', state, code });
  });

  it('goes on when a share that was there is gone for now', async () => {
    const stage = new Stage([{ ends: 'disconnected' }, 'share_not_found', { ends: 'abort' }]);
    await stage.run();
    expect(stage.story.at(-2)).toBe('resync 1 reconnected');
  });

  it('ends at the first failure when it may not retry', async () => {
    const stage = new Stage([{ ends: 'disconnected' }]);
    await expect(stage.run({ retry: false })).rejects.toMatchObject({ code: 'disconnected' });
    expect(stage.lines.at(-1)).toMatchObject({ state: 'failed', code: 'disconnected' });
    expect(stage.closed).toBe(1);
  });

  it('passes on mistakes of the program', async () => {
    const mistake = new TypeError('undefined is not a function');
    const stage = new Stage([]);
    await expect(stage.run({ open: () => Promise.reject(mistake) })).rejects.toBe(mistake);
  });

  it('stops while it waits for the next try', async () => {
    const abort = new AbortController();
    const stage = new Stage(['unreachable']);
    const sleep = async (): Promise<never> => {
      abort.abort();
      throw new Error('aborted');
    };
    await stage.run({ signal: abort.signal, sleep });
    expect(stage.story.at(-1)).toBe('state stopped');
  });
});

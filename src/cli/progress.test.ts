import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TextSink } from '../../test/support/text-sink.ts';
import { Output } from './output.ts';
import { Progress } from './progress.ts';

describe('progress', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function start(isTTY: boolean) {
    const stderr = Object.assign(new TextSink(), { isTTY });
    const output = new Output(new TextSink(), stderr);
    let count = 0;
    const progress = new Progress(output, () => `${++count} entries`);
    return { output, progress, shown: () => stderr.take() };
  }

  it('changes one line on a terminal and takes it away at the end', () => {
    const { progress, shown } = start(true);
    vi.advanceTimersByTime(400);
    expect(shown()).toBe('');
    vi.advanceTimersByTime(100);
    expect(shown()).toBe('\r\u001b[K1 entries');
    vi.advanceTimersByTime(100);
    expect(shown()).toBe('\r\u001b[K2 entries');
    progress.stop();
    expect(shown()).toBe('\r\u001b[K');
    vi.advanceTimersByTime(10_000);
    expect(shown()).toBe('');
  });

  it('makes room for messages', () => {
    const { output, shown } = start(true);
    vi.advanceTimersByTime(500);
    output.warn('careful');
    expect(shown()).toBe('\r\u001b[K1 entries\r\u001b[Ktidewatch: careful\n');
  });

  it('comes as a line every few seconds where there is no terminal', () => {
    const { progress, shown } = start(false);
    vi.advanceTimersByTime(4_999);
    expect(shown()).toBe('');
    vi.advanceTimersByTime(1);
    expect(shown()).toBe('tidewatch: 1 entries\n');
    vi.advanceTimersByTime(5_000);
    progress.stop();
    expect(shown()).toBe('tidewatch: 2 entries\n');
  });
});

import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { TextSink } from '../../test/support/text-sink.ts';
import { Output, isoTime, printable } from './output.ts';

describe('output', () => {
  it('writes each line of results at once, and messages elsewhere', async () => {
    const stdout = new TextSink();
    const stderr = new TextSink();
    const output = new Output(stdout, stderr);
    await output.json({ a: 1 });
    expect(stdout.take()).toBe('{"a":1}\n');
    output.warn('careful');
    expect(stdout.take()).toBe('');
    expect(stderr.take()).toBe('tidewatch: careful\n');
  });

  it('waits for a slow reader', async () => {
    const stdout = new PassThrough({ highWaterMark: 4 });
    const output = new Output(stdout, new PassThrough());
    let written = false;
    const line = output.line('a long line').then(() => (written = true));
    await new Promise(setImmediate);
    expect(written).toBe(false);
    stdout.resume();
    await line;
    expect(written).toBe(true);
  });

  it('tells when nobody reads any more, and then says nothing', async () => {
    const broken = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('gone'), { code: 'EPIPE' })),
    });
    const stderr = new TextSink();
    const output = new Output(broken, stderr);
    await output.line('lost');
    await new Promise(setImmediate);
    expect(output.gone.aborted).toBe(true);
    await output.line('lost too');
    expect(stderr.take()).toBe('');
  });

  it('reports results that cannot be written', async () => {
    const full = new Writable({ write: (_chunk, _encoding, done) => done(new Error('disk full')) });
    const stderr = new TextSink();
    const output = new Output(full, stderr);
    await output.line('lost');
    await new Promise(setImmediate);
    expect(stderr.take()).toContain('disk full');
  });
});

describe('a name that is shown', () => {
  it.each([
    ['plain größe 漢字 👍.txt', 'plain größe 漢字 👍.txt'],
    ['a\u001b[2Jb\n', 'a\\u001b[2Jb\\u000a'],
    ['\u202ecod.exe', '\\u202ecod.exe'],
    ['lone \ud800 half', 'lone \\ud800 half'],
  ])('is harmless to a terminal: %j', (name, shown) => {
    expect(printable(name)).toBe(shown);
  });
});

describe('a time', () => {
  it('comes in ISO 8601, or not at all', () => {
    expect(isoTime(1_700_000_000_123.4)).toBe('2023-11-14T22:13:20.123Z');
    expect(isoTime(-1)).toBe('1969-12-31T23:59:59.999Z');
    for (const unset of [0, Number.NaN, 9e15, -Infinity]) expect(isoTime(unset)).toBe(null);
  });
});

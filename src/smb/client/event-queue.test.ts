import { describe, expect, it } from 'vitest';
import { EventQueue } from './event-queue.ts';

const queueOf = (): EventQueue<string> =>
  new EventQueue((text) => ({ count: 1, bytes: text.length }));

describe('the event queue', () => {
  it('keeps what comes before anybody asks, in order', async () => {
    const queue = queueOf();
    queue.push('a');
    queue.push('bc');
    expect(queue).toMatchObject({ count: 2, bytes: 3 });
    expect(queue.newest).toBe('bc');
    expect(await queue.next()).toEqual({ done: false, value: 'a' });
    expect(await queue.next()).toEqual({ done: false, value: 'bc' });
    expect(queue).toMatchObject({ count: 0, bytes: 0 });
  });

  it('hands over at once to whoever waits', async () => {
    const queue = queueOf();
    const waiting = queue.next();
    queue.push('a');
    expect(queue).toMatchObject({ count: 0, bytes: 0 });
    expect(await waiting).toEqual({ done: false, value: 'a' });
  });

  it('delivers what came before the end, then ends', async () => {
    const queue = queueOf();
    queue.push('a');
    queue.end();
    queue.push('too late');
    expect(await queue.next()).toEqual({ done: false, value: 'a' });
    expect(await queue.next()).toEqual({ done: true, value: undefined });
    expect(await queue.next()).toEqual({ done: true, value: undefined });
  });

  it('throws the error of its end once', async () => {
    const queue = queueOf();
    const waiting = queue.next();
    queue.end(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    expect(await queue.next()).toEqual({ done: true, value: undefined });
  });

  it('forgets what nobody has taken when told so', async () => {
    const queue = queueOf();
    queue.push('a');
    queue.clear();
    queue.end();
    expect(queue).toMatchObject({ count: 0, bytes: 0 });
    expect(await queue.next()).toEqual({ done: true, value: undefined });
  });

  it('gives each of several readers another item, and the error to one of them', async () => {
    const queue = queueOf();
    const readers = [queue.next(), queue.next(), queue.next(), queue.next()];
    queue.push('a');
    queue.push('b');
    expect(queue).toMatchObject({ count: 0, bytes: 0 });
    queue.end(new Error('over'));
    const results = await Promise.allSettled(readers);
    expect(results).toMatchObject([
      { value: { value: 'a' } },
      { value: { value: 'b' } },
      { status: 'rejected' },
      { value: { done: true } },
    ]);
    expect(await queue.next()).toEqual({ done: true, value: undefined });
  });
});

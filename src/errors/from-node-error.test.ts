import { openSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromNodeError } from './from-node-error.ts';
import { TidewatchError } from './tidewatch-error.ts';

describe('an error of the operating system', () => {
  it.each([
    ['/nothing/there', 'not_found'],
    ['/etc/hostname/below', 'not_a_directory'],
    [`/${'x'.repeat(300)}`, 'invalid_path'],
  ])('gets a code: %s', (path, code) => {
    let caught: unknown;
    try {
      openSync(path, 'r');
    } catch (error) {
      caught = error;
    }
    const error = fromNodeError(caught, 'the-path') as TidewatchError;
    expect(error).toBeInstanceOf(TidewatchError);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^the-path: [a-z ]+$/);
    expect(error.cause).toBe(caught);
  });

  it('without a code of its own is an io_error', () => {
    const error = Object.assign(new Error('EIO: i/o error, read'), {
      code: 'EIO',
      syscall: 'read',
    });
    expect(fromNodeError(error, 'p')).toMatchObject({ code: 'io_error', message: 'p: i/o error' });
  });

  it('that is none is left alone', () => {
    const own = new TidewatchError('closed', 'closed');
    expect(fromNodeError(own, 'p')).toBe(own);
    const mistake = new TypeError('oops');
    expect(fromNodeError(mistake, 'p')).toBe(mistake);
    expect(fromNodeError('text', 'p')).toBe('text');
  });
});

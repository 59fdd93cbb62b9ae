import { expect, it } from 'vitest';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import { failureOf } from './failure-of.ts';

it('an error of ours keeps its code, any other is a mistake of ours', () => {
  expect(failureOf(new TidewatchError('not_found', 'gone'))).toEqual({
    ...{ code: 'not_found', message: 'gone' },
  });
  expect(failureOf(new TypeError('oops'))).toEqual({ code: 'internal_error', message: 'oops' });
  expect(failureOf('text')).toEqual({ code: 'internal_error', message: 'text' });
});

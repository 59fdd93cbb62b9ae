import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../errors/codes.ts';
import type { ErrorCode } from '../errors/codes.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import { errorResponse, undecidedCodes, withoutPlaces } from './http-errors.ts';

const codes = Object.keys(ERROR_CODES) as ErrorCode[];

describe('a failure', () => {
  it('of every code has a status that was decided on', () => {
    expect(undecidedCodes()).toEqual([]);
  });

  it.each(codes)('is answered with a status of the contract: %s', (code) => {
    const { body, retryAfter, status } = errorResponse(new TidewatchError(code, 'a sentence'));
    expect([400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 429, 500, 503]).toContain(status);
    expect(retryAfter !== undefined).toBe(status === 429 || status === 503);
    expect(body.code).toBe(status === 500 ? 'internal_error' : code);
  });

  it('says how long to wait, in whole seconds, and no less than one', () => {
    const after = (retryAfterMs: number): number | undefined =>
      errorResponse(new TidewatchError('too_many_attempts', 'wait', { retryAfterMs })).retryAfter;
    expect([after(0), after(1), after(1_000), after(1_001)]).toEqual([1, 1, 1, 2]);
  });

  it('of fields is another one than that of a request that cannot be read', () => {
    const fields = { name: 'name is missing' };
    expect(errorResponse(new TidewatchError('invalid_argument', 'no')).status).toBe(400);
    const told = errorResponse(new TidewatchError('invalid_argument', 'no', { fields }));
    expect(told).toEqual({ status: 422, body: { detail: 'no', code: 'invalid_argument', fields } });
  });

  it('that is no error of ours tells nothing', () => {
    for (const error of [new Error('QZ'), 'QZ', undefined, { code: 'not_found' }]) {
      const answer = errorResponse(error);
      expect(answer.status).toBe(500);
      expect(JSON.stringify(answer)).not.toContain('QZ');
    }
  });

  it('of a disk tells its code without the places of this machine', () => {
    const error = new TidewatchError('not_found', '/srv/QZ: no such directory');
    expect(withoutPlaces(error)).toMatchObject({
      ...{ code: 'not_found', message: ERROR_CODES.not_found.meaning, cause: error },
    });
    expect(withoutPlaces('QZ')).toBe('QZ');
  });
});

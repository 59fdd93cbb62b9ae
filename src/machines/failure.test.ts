import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../errors/codes.ts';
import type { ErrorCode } from '../errors/codes.ts';
import { kindOfFailure } from './failure.ts';

const kindOf = (code: ErrorCode) => kindOfFailure({ code, message: '' });

describe('the kind of a failure', () => {
  it.each([
    ['unreachable', 'passing'],
    ['timeout', 'passing'],
    ['internal_error', 'passing'],
    ['logon_failure', 'refused'],
    ['account_restricted', 'refused'],
    ['access_denied', 'denied'],
    ['not_found', 'gone'],
    ['directory_deleted', 'gone'],
    ['notify_unsupported', 'unnotifiable'],
    ['insufficient_resources', 'unnotifiable'],
    ['signing_required', 'lasting'],
    ['invalid_path', 'lasting'],
  ] as const)('of %s is %s', (code, kind) => {
    expect(kindOf(code)).toBe(kind);
  });

  it('is known for every code, and tries again where nobody said otherwise', () => {
    const kinds = Object.keys(ERROR_CODES).map((code) => kindOf(code as ErrorCode));
    expect(new Set(kinds)).toEqual(
      new Set(['passing', 'refused', 'denied', 'gone', 'unnotifiable', 'lasting']),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../errors/codes.ts';
import { SmbError } from './smb-error.ts';
import { errorForStatus, Status, statusName } from './status.ts';

describe('statusName', () => {
  it('prints the name of every status in the table', () => {
    for (const [key, value] of Object.entries(Status)) {
      expect(statusName(value)).toBe(`STATUS_${key}`);
    }
  });

  it('prints eight hexadecimal digits for any other', () => {
    expect(statusName(0xc0abcdef)).toBe('0xC0ABCDEF');
    expect(statusName(0x42)).toBe('0x00000042');
  });
});

describe('errorForStatus', () => {
  it('carries code, status, path and a message that names all of them', () => {
    const error = errorForStatus(Status.OBJECT_NAME_NOT_FOUND, 'open', 'dir/file.txt');
    expect(error).toBeInstanceOf(SmbError);
    expect(error.code).toBe('not_found');
    expect(error.status).toBe(0xc0000034);
    expect(error.path).toBe('dir/file.txt');
    expect(error.message).toBe(
      'open "dir/file.txt": the server answered STATUS_OBJECT_NAME_NOT_FOUND',
    );
  });

  it('names a status without a code of its own in an io_error', () => {
    const error = errorForStatus(0xc0abcdef, 'read');
    expect(error.code).toBe('io_error');
    expect(error.message).toBe('read: the server answered 0xC0ABCDEF');
    expect(error.path).toBeUndefined();
  });

  it('gives every status a code that exists', () => {
    for (const status of Object.values(Status)) {
      expect(Object.keys(ERROR_CODES)).toContain(errorForStatus(status, 'do').code);
    }
  });

  it('tells apart what a caller can act on', () => {
    const codes = {
      ACCESS_DENIED: 'access_denied',
      LOGON_FAILURE: 'logon_failure',
      ACCOUNT_LOCKED_OUT: 'account_restricted',
      BAD_NETWORK_NAME: 'share_not_found',
      SHARING_VIOLATION: 'sharing_violation',
      USER_SESSION_DELETED: 'disconnected',
      NETWORK_SESSION_EXPIRED: 'session_expired',
      INSUFFICIENT_RESOURCES: 'insufficient_resources',
      DISK_FULL: 'disk_full',
      NOTIFY_CLEANUP: 'watch_ended',
    } as const;
    for (const [key, code] of Object.entries(codes)) {
      expect(errorForStatus(Status[key as keyof typeof codes], 'do').code).toBe(code);
    }
  });
});

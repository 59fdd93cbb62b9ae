import { describe, expect, it } from 'vitest';
import { Status } from '../status.ts';
import { Command, decodeHeader } from '../wire/header.ts';
import { encodeMessage } from '../wire/message.ts';
import { mayComeUnprotected } from './unprotected-answers.ts';

const ours = Buffer.alloc(16, 7);

function accepts(
  command: number,
  status: number,
  options: { signature?: Buffer; sealed?: boolean } = {},
): boolean {
  const head = encodeMessage({ command, status, flags: 1 }, Buffer.alloc(16));
  options.signature?.copy(head, 48);
  return mayComeUnprotected(decodeHeader(head), head, ours, options.sealed ?? false);
}

describe('an answer without protection', () => {
  it('is never a success', () => {
    for (const command of Object.values(Command)) {
      expect(accepts(command, Status.SUCCESS)).toBe(false);
      expect(accepts(command, Status.SUCCESS, { sealed: true })).toBe(false);
    }
  });

  it('may say that the session is gone', () => {
    expect(accepts(Command.READ, Status.USER_SESSION_DELETED)).toBe(true);
    expect(accepts(Command.READ, Status.USER_SESSION_DELETED, { sealed: true })).toBe(true);
  });

  it('may say that the server works on it, but not in the clear on an encrypted session', () => {
    expect(accepts(Command.CHANGE_NOTIFY, Status.PENDING)).toBe(true);
    expect(accepts(Command.CHANGE_NOTIFY, Status.PENDING, { sealed: true })).toBe(false);
  });

  it('may refuse a logon', () => {
    const statuses = [Status.ACCESS_DENIED, Status.NOT_SUPPORTED, Status.REQUEST_OUT_OF_SEQUENCE];
    for (const status of statuses) {
      expect(accepts(Command.SESSION_SETUP, status)).toBe(true);
      expect(accepts(Command.CREATE, status)).toBe(false);
    }
  });

  it('may be an early error whose signature is zero or the one we sent', () => {
    const statuses = [Status.NETWORK_NAME_DELETED, Status.FILE_CLOSED, Status.INVALID_PARAMETER];
    for (const status of statuses) {
      expect(accepts(Command.READ, status)).toBe(true);
      expect(accepts(Command.READ, status, { signature: ours })).toBe(true);
      expect(accepts(Command.READ, status, { signature: Buffer.alloc(16, 9) })).toBe(false);
    }
  });

  it('may on an encrypted session only say that a parameter was invalid', () => {
    expect(accepts(Command.READ, Status.INVALID_PARAMETER, { sealed: true })).toBe(true);
    expect(accepts(Command.READ, Status.FILE_CLOSED, { sealed: true })).toBe(false);
    expect(accepts(Command.READ, Status.NETWORK_SESSION_EXPIRED, { sealed: true })).toBe(false);
  });

  it('is any other error never', () => {
    for (const status of [Status.ACCESS_DENIED, Status.OBJECT_NAME_NOT_FOUND, Status.END_OF_FILE]) {
      expect(accepts(Command.CREATE, status)).toBe(false);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { Status } from '../../src/smb/status.ts';
import { Command } from '../../src/smb/wire/header.ts';
import { Dialect } from '../../src/smb/wire/negotiate.ts';
import { failWith, protect } from '../fake-server/faults.ts';
import type { Fault } from '../fake-server/faults.ts';
import { codeOf, dial } from './conversation.ts';
import type { Setup } from './conversation.ts';

describe('the end of a logon', () => {
  const logOn = async (
    { server, client, credentials }: Setup,
    fault?: Fault,
  ): Promise<{ code: string; ended: string }> => {
    const { connecting } = dial({
      ...(server && { server }),
      ...(client && { client }),
      prepare: (fake) => {
        if (fault !== undefined) fake.inject({ command: Command.SESSION_SETUP, skip: 1, fault });
      },
    });
    const connection = await connecting;
    const whoever = credentials ?? { username: 'alice', password: 'secret' };
    const code = await codeOf(connection.authenticate(whoever));
    return { code, ended: connection.diagnostics().state };
  };

  it('has to be signed, and rightly, on 3.1.1', async () => {
    for (const protection of ['none', 'wrong', 'echo'] as const) {
      const { code, ended } = await logOn({}, protect(protection));
      expect(code).toBe('signature_invalid');
      expect(ended).toBe('closed');
    }
  });

  it('has to be signed rightly, if at all, before 3.1.1', async () => {
    const server = { dialects: [Dialect.SMB302] };
    expect((await logOn({ server }, protect('wrong'))).code).toBe('signature_invalid');
  });

  it('is refused when the list of mechanisms is signed wrongly', async () => {
    expect((await logOn({ server: { mechListMic: 'wrong' } })).code).toBe('signature_invalid');
    expect((await logOn({ server: { mechListMic: 'none' } })).code).toBe('succeeded');
  });

  it('works with bare NTLM', async () => {
    expect((await logOn({ server: { rawNtlm: true } })).code).toBe('succeeded');
  });

  it('is a failure when the password is wrong', async () => {
    const credentials = { username: 'alice', password: 'guess' };
    expect((await logOn({ credentials })).code).toBe('logon_failure');
  });

  it('is not mistaken when the server makes a guest of a user', async () => {
    const server = { strangers: 'guests' } as const;
    const credentials = { username: 'bob', password: 'x' };
    expect((await logOn({ server, credentials })).code).toBe('guest_refused');
    const welcome = { ...credentials, allowGuest: true };
    expect((await logOn({ server, credentials: welcome })).code).toBe('succeeded');
    const client = { signing: 'required' } as const;
    const strict = { server, client, credentials: welcome };
    expect((await logOn(strict)).code).toBe('signing_required');
    const sealed = { server, client: { encryption: 'required' as const }, credentials: welcome };
    expect((await logOn(sealed)).code).toBe('encryption_required');
  });

  it('is never complete without a proof, whatever the server says', async () => {
    const early: Fault = ({ answer }) => ({ ...answer(), status: Status.SUCCESS });
    const { connecting } = dial({
      prepare: (fake) => fake.inject({ command: Command.SESSION_SETUP, fault: early }),
    });
    const connection = await connecting;
    const code = await codeOf(connection.authenticate({ username: 'alice', password: 'secret' }));
    expect(code).toBe('protocol_error');
  });

  it('comes after a bounded number of legs', async () => {
    const { connecting } = dial({
      prepare: (fake) =>
        fake.inject({
          command: Command.SESSION_SETUP,
          skip: 1,
          times: Infinity,
          fault: ({ answer }) => ({ ...answer(), status: Status.MORE_PROCESSING_REQUIRED }),
        }),
    });
    const connection = await connecting;
    const logon = connection.authenticate({ username: 'alice', password: 'secret' });
    expect(await codeOf(logon)).toMatch(/protocol_error|logon_failure/);
  });

  it('tells why the account may not log on', async () => {
    for (const [status, code] of [
      [Status.ACCOUNT_LOCKED_OUT, 'account_restricted'],
      [Status.PASSWORD_EXPIRED, 'account_restricted'],
      [Status.LOGON_FAILURE, 'logon_failure'],
      [Status.NETWORK_ACCESS_DENIED, 'access_denied'],
      [Status.REQUEST_NOT_ACCEPTED, 'insufficient_resources'],
    ] as const) {
      expect((await logOn({}, failWith(status))).code).toBe(code);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { framePrefix } from '../../src/smb/net/frame-reader.ts';
import { Status } from '../../src/smb/status.ts';
import { Command } from '../../src/smb/wire/header.ts';
import {
  Cipher,
  Dialect,
  encodeNegotiateResponse,
  SigningAlgorithm,
} from '../../src/smb/wire/negotiate.ts';
import type { NegotiateContext } from '../../src/smb/wire/negotiate-contexts.ts';
import {
  answerWith,
  editBody,
  editHeader,
  failWith,
  onWire,
  protect,
} from '../fake-server/faults.ts';
import type { Fault } from '../fake-server/faults.ts';
import type { FakeServerOptions } from '../fake-server/options.ts';
import { failure } from '../fake-server/replies.ts';
import { codeOf, converse, dial, expectCleanEnd, expectEnded } from './conversation.ts';
import type { Setup } from './conversation.ts';

const SIGNED = { ciphers: [] } as const satisfies Partial<FakeServerOptions>;
const ENCRYPTED = { encryptSession: true } as const satisfies Partial<FakeServerOptions>;

/** The dialects and the algorithms each can protect with. */
const PROTECTIONS: readonly (readonly [string, Partial<FakeServerOptions>])[] = [
  ['2.0.2, HMAC-SHA256', { dialects: [Dialect.SMB202] }],
  ['2.1, HMAC-SHA256', { dialects: [Dialect.SMB210] }],
  ['3.0, AES-CMAC', { dialects: [Dialect.SMB300], ciphers: [] }],
  ['3.0.2, AES-CMAC', { dialects: [Dialect.SMB302], ciphers: [] }],
  ['3.1.1, AES-CMAC by default', { signingAlgorithms: [], ciphers: [] }],
  ['3.1.1, AES-CMAC', { signingAlgorithms: [SigningAlgorithm.AES_CMAC], ciphers: [] }],
  ['3.1.1, AES-GMAC', { signingAlgorithms: [SigningAlgorithm.AES_GMAC], ciphers: [] }],
  ['3.1.1, HMAC-SHA256', { signingAlgorithms: [SigningAlgorithm.HMAC_SHA256], ciphers: [] }],
  ['3.0, AES-128-CCM', { dialects: [Dialect.SMB300], ...ENCRYPTED }],
  ['3.0.2, AES-128-CCM', { dialects: [Dialect.SMB302], ...ENCRYPTED }],
  ['3.1.1, AES-128-CCM', { ciphers: [Cipher.AES128_CCM], ...ENCRYPTED }],
  ['3.1.1, AES-128-GCM', { ciphers: [Cipher.AES128_GCM], ...ENCRYPTED }],
  ['3.1.1, AES-256-CCM', { ciphers: [Cipher.AES256_CCM], ...ENCRYPTED }],
  ['3.1.1, AES-256-GCM', { ciphers: [Cipher.AES256_GCM], ...ENCRYPTED }],
];

describe('a session', () => {
  for (const [name, server] of PROTECTIONS) {
    it(`is protected with ${name}, and drops what is not`, async () => {
      const parties = await converse({ server });
      parties.server.fileSystem.writeFile('file', 'content');
      expect(String(await parties.tree.readFile('file'))).toBe('content');
      await expectCleanEnd(parties);

      const attacked = await converse({ server });
      attacked.server.inject({ command: Command.CREATE, fault: protect('wrong') });
      const code = 'encryptSession' in server ? 'decryption_failed' : 'signature_invalid';
      expect(await codeOf(attacked.tree.stat(''))).toBe(code);
      await expectEnded(attacked.connection, code);
      expect(await codeOf(attacked.tree.stat(''))).toBe(code);
    });
  }
});

describe('an answer', () => {
  const outcome = async (server: Partial<FakeServerOptions>, fault: Fault): Promise<string> => {
    const parties = await converse({ server });
    parties.server.inject({ command: Command.CREATE, fault });
    return codeOf(parties.tree.stat(''));
  };

  it('has to be signed on a session that signs', async () => {
    expect(await outcome(SIGNED, protect('none'))).toBe('signature_invalid');
    expect(await outcome(SIGNED, protect('echo'))).toBe('signature_invalid');
  });

  it('has to be encrypted on a session that encrypts, however well it is signed', async () => {
    expect(await outcome(ENCRYPTED, protect('clear'))).toBe('signature_invalid');
  });

  it('has to be encrypted on a share that encrypts', async () => {
    const parties = await converse({
      server: { encryptShare: true },
      client: { encryption: 'on-demand' },
    });
    expect(await codeOf(parties.tree.stat(''))).toBe('succeeded');
    expect(parties.server.requests.at(-1)?.sealed).toBe(true);
    parties.server.inject({ command: Command.CREATE, fault: protect('clear') });
    expect(await codeOf(parties.tree.stat(''))).toBe('signature_invalid');
  });

  it('may not come twice encrypted, compressed, or in SMB 1', async () => {
    for (const protocol of ['fd534d42', 'fc534d42', 'ff534d42', '00000000']) {
      const fault = onWire((frame) => {
        const message = Buffer.concat([Buffer.from(protocol, 'hex'), frame.subarray(8)]);
        return [framePrefix([message]), message];
      });
      expect(await outcome(SIGNED, fault)).toMatch(/protocol_error|decryption_failed|unsupported/);
    }
  });

  it('may say without protection that the session is gone, and only such things', async () => {
    const unsigned = (status: number): Fault =>
      answerWith({ ...failure(status), protection: 'none' });
    expect(await outcome(SIGNED, unsigned(Status.USER_SESSION_DELETED))).toBe('disconnected');
    expect(await outcome(SIGNED, unsigned(Status.NETWORK_NAME_DELETED))).toBe('disconnected');
    expect(await outcome(SIGNED, unsigned(Status.FILE_CLOSED))).toBe('closed');
    expect(await outcome(SIGNED, unsigned(Status.INVALID_PARAMETER))).toBe('io_error');
    for (const status of [
      Status.SUCCESS,
      Status.ACCESS_DENIED,
      Status.OBJECT_NAME_NOT_FOUND,
      Status.NETWORK_SESSION_EXPIRED,
      Status.NO_MORE_FILES,
    ]) {
      expect(await outcome(SIGNED, unsigned(status))).toBe('signature_invalid');
    }
  });

  it('may say the same in the clear on an encrypted session', async () => {
    const clear = (status: number): Fault =>
      answerWith({ ...failure(status), protection: 'clear' });
    expect(await outcome(ENCRYPTED, clear(Status.USER_SESSION_DELETED))).toBe('disconnected');
    expect(await outcome(ENCRYPTED, clear(Status.INVALID_PARAMETER))).toBe('io_error');
    for (const status of [Status.ACCESS_DENIED, Status.NETWORK_NAME_DELETED, Status.FILE_CLOSED]) {
      expect(await outcome(ENCRYPTED, clear(status))).toBe('signature_invalid');
    }
  });

  it('may be an unsigned interim, which proves nothing and changes nothing', async () => {
    const parties = await converse({ server: SIGNED });
    const { server, tree } = parties;
    server.fileSystem.writeFile('file', 'content');
    server.inject({
      command: Command.CREATE,
      fault: ({ answer, request }) => {
        const { interim, operation } = server.startAsync(request);
        const reply = answer();
        return { ...interim, onSent: () => operation.finish(reply) };
      },
    });
    const file = await tree.open('file');
    expect(file.size).toBe(7);
    await file.close();
    await expectCleanEnd(parties);
  });

  it('may not be an interim in the clear on an encrypted session', async () => {
    const parties = await converse({ server: ENCRYPTED });
    const { server, tree } = parties;
    server.inject({
      command: Command.CHANGE_NOTIFY,
      fault: ({ request }) => ({ ...server.startAsync(request).interim, protection: 'clear' }),
    });
    const watch = tree.watch('');
    expect(await codeOf(watch.armed)).toBe('signature_invalid');
  });

  it('has to be signed at the end of a notify too', async () => {
    for (const protection of ['none', 'wrong'] as const) {
      const { connection, server, tree } = await converse({ server: SIGNED });
      const watch = tree.watch('');
      await watch.armed;
      const { operation } = await server.nextNotify();
      operation.finish({ ...failure(Status.NOTIFY_ENUM_DIR), protection });
      const next = watch[Symbol.asyncIterator]().next();
      expect(await codeOf(next)).toBe('signature_invalid');
      await expectEnded(connection, 'signature_invalid');
    }
  });
});

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

describe('a downgrade', () => {
  const OLDER = [Dialect.SMB202, Dialect.SMB210, Dialect.SMB300, Dialect.SMB302];

  for (const dialect of OLDER) {
    const name = `0x${dialect.toString(16)}`;
    const server = { dialects: [dialect] };

    it(`to ${name} is confirmed under signature`, async () => {
      const parties = await converse({ server });
      expect(parties.server.requests.map(({ header }) => header.command)).toContain(Command.IOCTL);
      await expectCleanEnd(parties);
    });

    it(`to ${name} is noticed when the server does not confirm it`, async () => {
      for (const at of [0, 4, 20, 22]) {
        const prepare: Setup['prepare'] = (fake) =>
          fake.inject({
            command: Command.IOCTL,
            fault: editBody((body) => {
              body[48 + at]! ^= 1;
              return body;
            }),
          });
        expect(await codeOf(converse({ server, prepare }))).toBe('downgrade_detected');
      }
    });

    it(`to ${name} is noticed when the confirmation is not proved`, async () => {
      const prepare: Setup['prepare'] = (fake) =>
        fake.inject({ command: Command.IOCTL, fault: protect('none') });
      const code = await codeOf(converse({ server: { ...server, ciphers: [] }, prepare }));
      expect(code).toMatch(/signature_invalid|downgrade_detected/);
      const refusal = { ...failure(Status.FILE_CLOSED), protection: 'none' } as const;
      const refuse: Setup['prepare'] = (fake) =>
        fake.inject({ command: Command.IOCTL, fault: answerWith(refusal) });
      const other = await codeOf(converse({ server: { ...server, ciphers: [] }, prepare: refuse }));
      expect(other).toBe('downgrade_detected');
    });

    it(`to ${name} is taken from old servers that sign that they cannot say`, async () => {
      for (const status of [
        Status.FILE_CLOSED,
        Status.INVALID_DEVICE_REQUEST,
        Status.NOT_SUPPORTED,
      ]) {
        const prepare: Setup['prepare'] = (fake) =>
          fake.inject({ command: Command.IOCTL, fault: failWith(status) });
        expect(await codeOf(converse({ server, prepare }))).toBe('succeeded');
      }
    });
  }

  it('of the encryption is noticed also where 3.0.2 is the most that was offered', async () => {
    const code = await codeOf(
      converse({
        client: { dialects: { max: '3.0.2' } },
        server: { negotiate: (response) => ({ ...response, capabilities: 0 }) },
      }),
    );
    expect(code).toBe('downgrade_detected');
  });

  it('of what was negotiated for 3.1.1 ruins the keys', async () => {
    const weaken = (frame: Buffer): Buffer[] => {
      const altered = Buffer.from(frame);
      // SecurityMode of the response: one bit that nobody would miss.
      altered[4 + 64 + 2]! ^= 2;
      return [altered];
    };
    const prepare: Setup['prepare'] = (fake) =>
      fake.inject({ command: Command.NEGOTIATE, fault: onWire(weaken) });
    expect(await codeOf(converse({ prepare }))).toBe('signature_invalid');
  });
});

describe('a NEGOTIATE answer', () => {
  const preauth: NegotiateContext = {
    type: 'preauth',
    hashAlgorithms: [1],
    salt: Buffer.alloc(32),
  };

  const codeFor = (negotiate: FakeServerOptions['negotiate'], client = {}): Promise<string> =>
    codeOf(dial({ server: { negotiate }, client }).connecting);

  it('has to choose a dialect that was offered', async () => {
    for (const dialect of [0x02ff, 0, 0xffff, 0x0310]) {
      expect(await codeFor((response) => ({ ...response, dialect }))).toBe('protocol_error');
    }
    const client = { dialects: { max: '3.0' } } as const;
    const code = await codeFor((response) => ({ ...response, dialect: Dialect.SMB311 }), client);
    expect(code).toBe('protocol_error');
  });

  it('has to take 64 KiB at least', async () => {
    for (const size of ['maxReadSize', 'maxWriteSize', 'maxTransactSize'] as const) {
      const code = await codeFor((response) => ({ ...response, [size]: 65_535 }));
      expect(code).toBe('protocol_error');
    }
  });

  it('has to choose one hash, one cipher and one signature, out of those offered', async () => {
    const wrong: NegotiateContext[][] = [
      [],
      [preauth, preauth],
      [{ ...preauth, hashAlgorithms: [] }],
      [{ ...preauth, hashAlgorithms: [2] }],
      [{ ...preauth, hashAlgorithms: [1, 1] }],
      [preauth, { type: 'encryption', ciphers: [1, 2] }],
      [preauth, { type: 'encryption', ciphers: [99] }],
      [preauth, { type: 'encryption', ciphers: [] }],
      [preauth, { type: 'signing', algorithms: [7] }],
      [preauth, { type: 'signing', algorithms: [2] }, { type: 'signing', algorithms: [2] }],
    ];
    for (const contexts of wrong) {
      expect(await codeFor((response) => ({ ...response, contexts }))).toBe('protocol_error');
    }
  });

  it('may say that there is no cipher, and may have contexts nobody knows', async () => {
    const contexts: NegotiateContext[] = [
      { type: 'unknown', id: 0x77, data: Buffer.alloc(5) },
      preauth,
      { type: 'encryption', ciphers: [0] },
    ];
    expect(await codeFor((response) => ({ ...response, contexts }))).toBe('succeeded');
    const client = { encryption: 'required' } as const;
    expect(await codeFor((response) => ({ ...response, contexts }), client)).toBe(
      'encryption_required',
    );
  });

  it('may be a refusal, SMB 1, or nothing', async () => {
    const refusing = dial({ server: { dialects: [] } });
    expect(await codeOf(refusing.connecting)).toBe('unsupported');
    const speakSmb1 = onWire((frame) => [
      frame.subarray(0, 4),
      Buffer.from('ff534d42', 'hex'),
      frame.subarray(8),
    ]);
    const old = dial({ prepare: (fake) => fake.inject({ fault: speakSmb1 }) });
    expect(await codeOf(old.connecting)).toMatch(/unsupported|protocol_error/);
    const silent = dial({
      client: { connectTimeoutMs: 100 },
      prepare: (fake) => fake.inject({ fault: () => undefined }),
    });
    expect(await codeOf(silent.connecting)).toBe('timeout');
    const gone = dial({});
    gone.server.hangUp();
    expect(await codeOf(gone.connecting)).toBe('unsupported');
  });

  it('may not come from somewhere else', async () => {
    const fault = answerWith({
      status: 0,
      header: { command: Command.ECHO },
      body: encodeNegotiateResponse({
        securityMode: 1,
        dialect: Dialect.SMB202,
        serverGuid: Buffer.alloc(16),
        capabilities: 0,
        maxTransactSize: 65_536,
        maxReadSize: 65_536,
        maxWriteSize: 65_536,
        systemTime: 0n,
        serverStartTime: 0n,
        securityBuffer: Buffer.alloc(0),
        contexts: [],
      }),
    });
    const { connecting } = dial({ prepare: (fake) => fake.inject({ fault }) });
    expect(await codeOf(connecting)).toBe('protocol_error');
    const stray = dial({
      client: { connectTimeoutMs: 100 },
      prepare: (fake) => fake.inject({ fault: editHeader({ messageId: 5 }) }),
    });
    expect(await codeOf(stray.connecting)).toBe('timeout');
  });
});

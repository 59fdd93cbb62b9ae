import { describe, expect, it } from 'vitest';
import { Status } from '../../src/smb/status.ts';
import { Command } from '../../src/smb/wire/header.ts';
import { Dialect, encodeNegotiateResponse } from '../../src/smb/wire/negotiate.ts';
import type { NegotiateContext } from '../../src/smb/wire/negotiate-contexts.ts';
import {
  answerWith,
  editBody,
  editHeader,
  failWith,
  onWire,
  protect,
} from '../fake-server/faults.ts';
import type { FakeServerOptions } from '../fake-server/options.ts';
import { failure } from '../fake-server/replies.ts';
import { codeOf, converse, dial, expectCleanEnd } from './conversation.ts';
import type { Setup } from './conversation.ts';

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

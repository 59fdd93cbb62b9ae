import { describe, expect, it } from 'vitest';
import { framePrefix } from '../../src/smb/net/frame-reader.ts';
import { Status } from '../../src/smb/status.ts';
import { Command } from '../../src/smb/wire/header.ts';
import { Cipher, Dialect, SigningAlgorithm } from '../../src/smb/wire/negotiate.ts';
import { answerWith, onWire, protect } from '../fake-server/faults.ts';
import type { Fault } from '../fake-server/faults.ts';
import type { FakeServerOptions } from '../fake-server/options.ts';
import type { Protection } from '../fake-server/protocol.ts';
import { failure } from '../fake-server/replies.ts';
import { codeOf, converse, expectCleanEnd, expectEnded } from './conversation.ts';

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

  it('may echo the signature of the request in such an error, but not carry a wrong one', async () => {
    const closed = (protection: Protection): Fault =>
      answerWith({ ...failure(Status.FILE_CLOSED), protection });
    expect(await outcome(SIGNED, closed('echo'))).toBe('closed');
    expect(await outcome(SIGNED, closed('wrong'))).toBe('signature_invalid');
  });

  it('may not be encrypted for another session of the same connection', async () => {
    const { connection, server, tree } = await converse({ server: ENCRYPTED });
    const other = await connection.authenticate({ username: 'alice', password: 'secret' });
    const seal = (frame: Buffer): Buffer[] => {
      const sealer = server.sessions.get(other.sessionId)?.sealer;
      const sealed = sealer?.seal([frame.subarray(4)], other.sessionId) ?? [];
      return [framePrefix(sealed), ...sealed];
    };
    const fault: Fault = ({ answer }) => ({ ...answer(), protection: 'clear', wire: seal });
    server.inject({ command: Command.CREATE, fault });
    expect(await codeOf(tree.stat(''))).toBe('signature_invalid');
    await expectEnded(connection, 'signature_invalid');
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

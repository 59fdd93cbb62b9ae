import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NtlmAcceptor } from '../../../test/support/ntlm-acceptor.ts';
import type { NtlmAcceptorOptions, NtlmAccepted } from '../../../test/support/ntlm-acceptor.ts';
import { SmbError } from '../smb-error.ts';
import { AvId, avValue } from './av-pairs.ts';
import { anonymousProvider, ntlmProvider } from './ntlm.ts';
import type { NtlmOptions } from './ntlm.ts';
import { decodeAuthenticate, decodeNegotiate, encodeNegotiate, NtlmFlag } from './ntlm-messages.ts';
import type { AuthExchange } from './provider.ts';

const TARGET = { host: 'nas', spn: 'cifs/nas' };
const ALICE = { user: 'alice', domain: '', password: 'sesame' };
const TIMESTAMP = 133_000_000_000_000_000n;

async function begun(options: NtlmOptions): Promise<{ exchange: AuthExchange; first: Buffer }> {
  const exchange = ntlmProvider(options).begin(TARGET);
  const first = await exchange.step(undefined);
  if (first === undefined) throw new Error('no NEGOTIATE');
  return { exchange, first };
}

/** A whole logon against an acceptor that knows `account`. */
async function loggedOn(
  options: NtlmOptions,
  account = ALICE,
  server: NtlmAcceptorOptions = { timestamp: TIMESTAMP },
): Promise<{ exchange: AuthExchange; accepted: NtlmAccepted }> {
  const acceptor = new NtlmAcceptor(account, server);
  const { exchange, first } = await begun(options);
  const last = await exchange.step(acceptor.challenge(first));
  if (last === undefined) throw new Error('no AUTHENTICATE');
  return { exchange, accepted: acceptor.accept(last) };
}

const alice: NtlmOptions = { username: 'alice', password: 'sesame' };

function codeOf(step: Promise<unknown>): Promise<string> {
  return step.then(
    () => 'no error',
    (error: unknown) => (error instanceof SmbError ? error.code : String(error)),
  );
}

describe('an NTLM logon', () => {
  it('ends with the same session key on both sides', async () => {
    const { exchange, accepted } = await loggedOn(alice);
    expect(exchange.done).toBe(true);
    expect(exchange.sessionKey()).toEqual(accepted.sessionKey);
    expect(exchange.sessionKey()).toHaveLength(16);
    expect(exchange.anonymous).toBe(false);
    expect(exchange.expiresAt).toBeUndefined();
  });

  it('sends the names of all three forms as servers expect them', async () => {
    const forms: [NtlmOptions, string, string][] = [
      [alice, 'alice', ''],
      [{ ...alice, username: 'CORP\\alice' }, 'alice', 'CORP'],
      [{ ...alice, username: '.\\alice' }, 'alice', ''],
      [{ ...alice, username: 'alice@corp.example' }, 'alice@corp.example', ''],
      [{ ...alice, domain: 'Corp' }, 'alice', 'Corp'],
      [{ ...alice, username: 'a\\b@c', domain: 'Corp' }, 'a\\b@c', 'Corp'],
    ];
    for (const [options, user, domain] of forms) {
      const { accepted } = await loggedOn(options, { user, domain, password: 'sesame' });
      expect(accepted.message).toMatchObject({ user, domain, workstation: '' });
    }
  });

  it('signs the target it was made for and no channel', async () => {
    const { accepted } = await loggedOn({ ...alice, workstation: 'DESK' });
    const { pairs, message } = accepted;
    expect(avValue(pairs, AvId.TARGET_NAME)?.toString('utf16le')).toBe('cifs/nas');
    expect(avValue(pairs, AvId.CHANNEL_BINDINGS)).toEqual(Buffer.alloc(16));
    expect(avValue(pairs, AvId.FLAGS)?.readUInt32LE()).toBe(2);
    expect(avValue(pairs, AvId.DNS_COMPUTER_NAME)?.toString('utf16le')).toBe('testsrv.example');
    expect(message.workstation).toBe('DESK');
  });

  it('uses the time of the server and then sends no LM response', async () => {
    const { accepted } = await loggedOn({ ...alice, now: () => 0 });
    expect(accepted.message.lmResponse).toEqual(Buffer.alloc(24));
    expect(accepted.message.ntResponse.readBigUInt64LE(24)).toBe(TIMESTAMP);
  });

  it('uses its own clock and an LMv2 response where the server tells no time', async () => {
    const { accepted } = await loggedOn({ ...alice, now: () => 0 }, ALICE, {});
    expect(accepted.message.lmResponse).not.toEqual(Buffer.alloc(24));
    expect(accepted.message.lmResponse).toHaveLength(24);
    expect(accepted.message.ntResponse.readBigUInt64LE(24)).toBe(116_444_736_000_000_000n);
  });

  it('does without a key exchange where the server grants none', async () => {
    const withheld = NtlmFlag.KEY_EXCHANGE;
    const { exchange, accepted } = await loggedOn(alice, ALICE, { withheld });
    expect(accepted.message.encryptedSessionKey).toHaveLength(0);
    expect(exchange.sessionKey()).toEqual(accepted.sessionKey);
    expect(exchange.mic?.(Buffer.from('x'))).toEqual(accepted.fromClient.next(Buffer.from('x')));
  });

  it('signs and verifies in both directions, one sequence number after the other', async () => {
    for (const withheld of [0, NtlmFlag.KEY_128, (NtlmFlag.KEY_128 | NtlmFlag.KEY_56) >>> 0]) {
      const { exchange, accepted } = await loggedOn(alice, ALICE, { withheld });
      for (const data of [Buffer.from('one'), Buffer.from('two')]) {
        expect(exchange.mic?.(data)).toEqual(accepted.fromClient.next(data));
        expect(exchange.verifyMic?.(data, accepted.fromServer.next(data))).toBe(true);
      }
      const forged = accepted.fromServer.next(Buffer.from('something else'));
      expect(exchange.verifyMic?.(Buffer.from('three'), forged)).toBe(false);
      expect(exchange.verifyMic?.(Buffer.from('four'), Buffer.alloc(3))).toBe(false);
    }
  });

  it('uses fresh random numbers each time, and those it is given', async () => {
    const [first, second] = [await loggedOn(alice), await loggedOn(alice)];
    expect(first.exchange.sessionKey()).not.toEqual(second.exchange.sessionKey());
    const random = (size: number): Buffer => Buffer.alloc(size, 0x55);
    const { exchange } = await loggedOn({ ...alice, random });
    expect(exchange.sessionKey()).toEqual(Buffer.alloc(16, 0x55));
  });

  it('has one provider for many logons', async () => {
    const provider = ntlmProvider(alice);
    for (let i = 0; i < 2; i++) {
      const acceptor = new NtlmAcceptor(ALICE);
      const exchange = provider.begin(TARGET);
      const first = await exchange.step(undefined);
      const last = await exchange.step(acceptor.challenge(first ?? Buffer.alloc(0)));
      expect(acceptor.accept(last ?? Buffer.alloc(0)).sessionKey).toEqual(exchange.sessionKey());
    }
  });

  it('tells what the server said about itself', async () => {
    const { exchange } = await loggedOn(alice);
    expect(exchange.serverInfo).toEqual({
      versionMajor: 10,
      versionMinor: 0,
      build: 20348,
      targetName: 'TESTDOM',
      netbiosComputerName: 'TESTSRV',
      netbiosDomainName: 'TESTDOM',
      dnsComputerName: 'testsrv.example',
      dnsDomainName: undefined,
      dnsForestName: undefined,
      timestamp: Number(TIMESTAMP / 10_000n) - 11_644_473_600_000,
    });
  });

  it.each([
    ['extended session security', NtlmFlag.EXTENDED_SESSION_SECURITY],
    ['target information', NtlmFlag.TARGET_INFO],
    ['Unicode', NtlmFlag.UNICODE],
  ])('refuses a server without %s', async (_, withheld) => {
    const { exchange, first } = await begun(alice);
    const challenge = new NtlmAcceptor(ALICE, { withheld }).challenge(first);
    expect(await codeOf(exchange.step(challenge))).toBe('unsupported');
    expect(exchange.done).toBe(false);
  });

  it('refuses a token after the last one, and no challenge at all', async () => {
    const { exchange } = await loggedOn(alice);
    expect(await exchange.step(undefined)).toBeUndefined();
    expect(await exchange.step(Buffer.alloc(0))).toBeUndefined();
    expect(await codeOf(exchange.step(Buffer.from('more')))).toBe('protocol_error');
    const { exchange: other } = await begun(alice);
    expect(await codeOf(other.step(undefined))).toBe('protocol_error');
  });

  it('has no session key before it is done', async () => {
    const { exchange } = await begun(alice);
    expect(exchange.done).toBe(false);
    expect(() => exchange.sessionKey()).toThrow('not complete');
  });

  it('wants a user name', () => {
    expect(() => ntlmProvider({ username: '', password: 'x' })).toThrow('user name');
    expect(() => ntlmProvider({ username: 'CORP\\', password: 'x' })).toThrow('user name');
  });

  it('refuses names that are longer than a message can hold', async () => {
    const { exchange, first } = await begun({ ...alice, username: 'x'.repeat(40_000) });
    const challenge = new NtlmAcceptor(ALICE).challenge(first);
    expect(await codeOf(exchange.step(challenge))).toBe('invalid_argument');
  });
});

describe('an anonymous logon', () => {
  it('proves nothing and signs nothing', async () => {
    const exchange = anonymousProvider().begin(TARGET);
    const first = await exchange.step(undefined);
    const last = await exchange.step(new NtlmAcceptor(ALICE).challenge(first ?? Buffer.alloc(0)));
    const message = decodeAuthenticate(last ?? Buffer.alloc(0));
    expect(message).toMatchObject({ user: '', domain: '', workstation: '' });
    expect(message.flags & NtlmFlag.ANONYMOUS).toBe(NtlmFlag.ANONYMOUS);
    expect(message.lmResponse).toEqual(Buffer.alloc(1));
    expect(message.ntResponse).toHaveLength(0);
    expect(exchange.anonymous).toBe(true);
    expect(exchange).toMatchObject({ mic: undefined, verifyMic: undefined });
  });
});

describe('secrets of an NTLM logon', () => {
  it('do not show in what is printed', () => {
    const provider = ntlmProvider({ ...alice, password: 'Sup3rS3cret' });
    const exchange = provider.begin(TARGET);
    const shown = [
      inspect(provider, { depth: 9, showHidden: true }),
      JSON.stringify(provider),
      inspect(exchange, { depth: 9, showHidden: true }),
      JSON.stringify(exchange),
    ].join('\n');
    expect(shown).not.toMatch(/Sup3rS3cret|alice|password/i);
  });

  it('do not show in errors', async () => {
    const exchange = ntlmProvider({ ...alice, password: 'Sup3rS3cret' }).begin(TARGET);
    await exchange.step(undefined);
    const error: unknown = await exchange
      .step(Buffer.from('bad'))
      .catch((reason: unknown) => reason);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/Sup3rS3cret|alice/);
  });
});

describe('a hostile NTLM server', () => {
  /** The end of a logon that got `challenge`. */
  async function endWith(challenge: Buffer): Promise<string> {
    const { exchange } = await begun(alice);
    return codeOf(exchange.step(challenge));
  }

  const ENDS = ['no error', 'protocol_error', 'unsupported'];

  const challengeOf = (): Buffer =>
    new NtlmAcceptor(ALICE, {
      timestamp: TIMESTAMP,
      pairs: [{ id: AvId.FLAGS, value: Buffer.alloc(4) }],
    }).challenge(encodeNegotiate({ flags: 0xe2888215, version: undefined }));

  it('cannot harm by cutting the challenge anywhere', async () => {
    const challenge = challengeOf();
    for (let length = 0; length < challenge.length; length++) {
      expect(await endWith(challenge.subarray(0, length))).toBe('protocol_error');
    }
  });

  it('cannot harm by flipping any bit', async () => {
    const challenge = challengeOf();
    for (let bit = 0; bit < challenge.length * 8; bit++) {
      const damaged = Buffer.from(challenge);
      damaged.writeUInt8(damaged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(ENDS).toContain(await endWith(damaged));
    }
  });

  it('cannot harm by any bytes', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .uint8Array({ maxLength: 200 })
        .map((rest) => Buffer.concat([Buffer.from('NTLMSSP\0\x02\0\0\0', 'latin1'), rest])),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (token) => {
        expect(ENDS).toContain(await endWith(Buffer.from(token)));
      }),
    );
  });

  it('gets flags of a NEGOTIATE that ask for nothing weak', async () => {
    const { first } = await begun(alice);
    const { flags } = decodeNegotiate(first);
    const lanManager = 0x80;
    const oem = 0x2;
    expect(flags & (lanManager | oem | NtlmFlag.ANONYMOUS)).toBe(0);
    expect(flags & NtlmFlag.EXTENDED_SESSION_SECURITY).not.toBe(0);
  });
});

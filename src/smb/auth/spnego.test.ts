import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NtlmAcceptor } from '../../../test/support/ntlm-acceptor.ts';
import { SmbError } from '../smb-error.ts';
import { anonymousProvider, ntlmProvider } from './ntlm.ts';
import { encodeNegotiate } from './ntlm-messages.ts';
import type { AuthExchange } from './provider.ts';
import { KERBEROS_OID, NTLM_OID, SpnegoNegotiator } from './spnego.ts';
import {
  decodeNegTokenInit,
  decodeNegTokenResp,
  encodeMechTypeList,
  encodeNegTokenInit,
  encodeNegTokenResp,
  NegState,
} from './spnego-tokens.ts';
import type { NegTokenResp } from './spnego-tokens.ts';

const TARGET = { host: 'nas', spn: 'cifs/nas' };
const ALICE = { user: 'alice', domain: '', password: 'sesame' };
const MS_KERBEROS = '1.2.840.48018.1.2.2';
const LIST = encodeMechTypeList([NTLM_OID]);
const NOTHING = Buffer.alloc(0);

function codeOf(step: Promise<unknown>): Promise<string> {
  return step.then(
    () => 'no error',
    (error: unknown) => (error instanceof SmbError ? error.code : String(error)),
  );
}

/** A mechanism that plays a script: what it sends, step by step. */
function scripted(
  tokens: readonly (string | undefined)[],
  extra: Partial<AuthExchange> = {},
): AuthExchange & { readonly got: (string | undefined)[] } {
  const got: (string | undefined)[] = [];
  return {
    got,
    get done() {
      return got.length === tokens.length;
    },
    step: async (token) => {
      const next = tokens[got.length];
      got.push(token?.toString());
      return Promise.resolve(next === undefined ? undefined : Buffer.from(next));
    },
    sessionKey: () => Buffer.alloc(16),
    ...extra,
  };
}

const macs = {
  mic: (data: Buffer): Buffer => Buffer.concat([Buffer.from('mic of '), data]),
  verifyMic: (data: Buffer, mic: Buffer): boolean =>
    mic.equals(Buffer.concat([Buffer.from('their mic of '), data])),
};

const resp = (token: NegTokenResp): Buffer => encodeNegTokenResp(token);
const hint = (...mechTypes: string[]): Buffer => encodeNegTokenInit({ mechTypes });

async function sent(token: Promise<Buffer | undefined>): Promise<NegTokenResp> {
  return decodeNegTokenResp((await token) ?? NOTHING);
}

describe('a SPNEGO negotiation of NTLM', () => {
  it('logs on with a signed list of mechanisms on both sides', async () => {
    const exchange = ntlmProvider({ username: 'alice', password: 'sesame' }).begin(TARGET);
    const acceptor = new NtlmAcceptor(ALICE, { timestamp: 133_000_000_000_000_000n });
    const spnego = new SpnegoNegotiator(exchange, NTLM_OID, hint(KERBEROS_OID, NTLM_OID));
    const init = decodeNegTokenInit(await spnego.first());
    expect(init.mechTypes).toEqual([NTLM_OID]);

    const challenge = acceptor.challenge(init.mechToken ?? NOTHING);
    const third = await sent(
      spnego.next(
        resp({
          negState: NegState.ACCEPT_INCOMPLETE,
          supportedMech: NTLM_OID,
          responseToken: challenge,
        }),
      ),
    );
    const { fromClient, fromServer } = acceptor.accept(third.responseToken ?? NOTHING);
    expect(third).toMatchObject({ negState: undefined, supportedMech: undefined });
    expect(third.mechListMic).toEqual(fromClient.next(LIST));

    const mechListMic = fromServer.next(LIST);
    await spnego.finish(resp({ negState: NegState.ACCEPT_COMPLETED, mechListMic }));
  });

  it('refuses a server that signs the list wrongly', async () => {
    const exchange = ntlmProvider({ username: 'alice', password: 'sesame' }).begin(TARGET);
    const acceptor = new NtlmAcceptor(ALICE);
    const spnego = new SpnegoNegotiator(exchange, NTLM_OID);
    const init = decodeNegTokenInit(await spnego.first());
    const responseToken = acceptor.challenge(init.mechToken ?? NOTHING);
    await spnego.next(resp({ responseToken }));
    const last = resp({ negState: NegState.ACCEPT_COMPLETED, mechListMic: Buffer.alloc(16) });
    expect(await codeOf(spnego.finish(last))).toBe('signature_invalid');
  });

  it('does not hold a guest session to a signature that the server cannot make', async () => {
    const exchange = ntlmProvider({ username: 'nobody', password: 'x' }).begin(TARGET);
    const acceptor = new NtlmAcceptor(ALICE);
    const spnego = new SpnegoNegotiator(exchange, NTLM_OID);
    const init = decodeNegTokenInit(await spnego.first());
    const responseToken = acceptor.challenge(init.mechToken ?? NOTHING);
    await spnego.next(resp({ responseToken }));
    const last = resp({ mechListMic: Buffer.alloc(16) });
    await spnego.finish(last, { guest: true });
    expect(exchange.done).toBe(true);
  });

  it('signs nothing for nobody', async () => {
    const exchange = anonymousProvider().begin(TARGET);
    const spnego = new SpnegoNegotiator(exchange, NTLM_OID);
    const init = decodeNegTokenInit(await spnego.first());
    const responseToken = new NtlmAcceptor(ALICE).challenge(init.mechToken ?? NOTHING);
    const third = await sent(spnego.next(resp({ responseToken })));
    expect(third.mechListMic).toBeUndefined();
    await spnego.finish(resp({ negState: NegState.ACCEPT_COMPLETED }));
  });

  it('follows a server that announces or answers with bare NTLM', async () => {
    for (const announced of [encodeNegotiate({ flags: 0, version: undefined }), NOTHING]) {
      const exchange = ntlmProvider({ username: 'alice', password: 'sesame' }).begin(TARGET);
      const acceptor = new NtlmAcceptor(ALICE);
      const spnego = new SpnegoNegotiator(exchange, NTLM_OID, announced);
      const first = await spnego.first();
      const bare = announced.length > 0;
      const negotiate = bare ? first : decodeNegTokenInit(first).mechToken;
      const third = await spnego.next(acceptor.challenge(negotiate ?? NOTHING));
      expect(acceptor.accept(third ?? NOTHING).sessionKey).toEqual(exchange.sessionKey());
      await spnego.finish(NOTHING);
    }
  });
});

describe('a SPNEGO negotiation of another mechanism', () => {
  it('takes the last token of the mechanism from the answer that accepts', async () => {
    const exchange = scripted(['ap-req', undefined]);
    const spnego = new SpnegoNegotiator(exchange, KERBEROS_OID, hint(MS_KERBEROS, NTLM_OID));
    expect(decodeNegTokenInit(await spnego.first()).mechToken?.toString()).toBe('ap-req');
    const responseToken = Buffer.from('ap-rep');
    await spnego.finish(
      resp({ negState: NegState.ACCEPT_COMPLETED, supportedMech: MS_KERBEROS, responseToken }),
    );
    expect(exchange.got).toEqual([undefined, 'ap-rep']);
  });

  it('sends its signature alone when the server asks for nothing else', async () => {
    const exchange = scripted(['ap-req', undefined], macs);
    const spnego = new SpnegoNegotiator(exchange, KERBEROS_OID);
    await spnego.first();
    const responseToken = Buffer.from('ap-rep');
    const list = encodeMechTypeList([KERBEROS_OID]);
    const answer = await sent(spnego.next(resp({ negState: NegState.REQUEST_MIC, responseToken })));
    expect(answer).toEqual({
      negState: undefined,
      supportedMech: undefined,
      responseToken: undefined,
      mechListMic: macs.mic(list),
    });
    const mechListMic = Buffer.concat([Buffer.from('their mic of '), list]);
    await spnego.finish(resp({ negState: NegState.ACCEPT_COMPLETED, mechListMic }));
  });

  it('sends its signature once', async () => {
    const spnego = new SpnegoNegotiator(scripted(['a', 'b'], macs), KERBEROS_OID);
    await spnego.first();
    expect((await sent(spnego.next(resp({ responseToken: NOTHING })))).mechListMic).toBeDefined();
    expect(await spnego.next(resp({ negState: NegState.REQUEST_MIC }))).toBeUndefined();
  });

  it('has nothing to say to a request that the mechanism cannot meet', async () => {
    const spnego = new SpnegoNegotiator(scripted(['a', undefined]), KERBEROS_OID);
    await spnego.first();
    const asked = resp({ negState: NegState.REQUEST_MIC, responseToken: NOTHING });
    expect(await spnego.next(asked)).toBeUndefined();
  });

  it('waits for mechanisms that sign and verify elsewhere', async () => {
    const exchange = scripted(['a', 'b'], {
      mic: async (data) => Promise.resolve(macs.mic(data)),
      verifyMic: async () => Promise.resolve(false),
    });
    const spnego = new SpnegoNegotiator(exchange, KERBEROS_OID);
    await spnego.first();
    const answer = await sent(spnego.next(resp({ responseToken: NOTHING })));
    expect(answer.mechListMic?.toString()).toMatch(/^mic of/);
    const last = resp({ mechListMic: Buffer.from('forged') });
    expect(await codeOf(spnego.finish(last))).toBe('signature_invalid');
  });

  it('needs a first token', async () => {
    const spnego = new SpnegoNegotiator(scripted([undefined]), KERBEROS_OID);
    expect(await codeOf(spnego.first())).toBe('invalid_argument');
  });
});

describe('a server that does not play by the rules of SPNEGO', () => {
  const begun = async (tokens: readonly (string | undefined)[]): Promise<SpnegoNegotiator> => {
    const spnego = new SpnegoNegotiator(scripted(tokens, macs), NTLM_OID);
    await spnego.first();
    return spnego;
  };

  it('is told apart when it does not offer the mechanism', async () => {
    const spnego = new SpnegoNegotiator(scripted(['a']), NTLM_OID, hint(KERBEROS_OID));
    expect(await codeOf(spnego.first())).toBe('unsupported');
    const garbled = new SpnegoNegotiator(scripted(['a']), NTLM_OID, Buffer.from('rubbish'));
    expect(await codeOf(garbled.first())).toBe('protocol_error');
    const empty = new SpnegoNegotiator(scripted(['a']), NTLM_OID, hint());
    expect(await codeOf(empty.first())).toBe('no error');
  });

  it('fails the logon when it rejects', async () => {
    const spnego = await begun(['a', 'b']);
    const reject = resp({ negState: NegState.REJECT });
    expect(await codeOf(spnego.next(reject))).toBe('logon_failure');
  });

  it('may not choose what was not offered', async () => {
    const spnego = await begun(['a', 'b']);
    const other = resp({ supportedMech: KERBEROS_OID, responseToken: NOTHING });
    expect(await codeOf(spnego.next(other))).toBe('protocol_error');
  });

  it('may not accept before the mechanism is done', async () => {
    expect(await codeOf((await begun(['a', 'b'])).finish(NOTHING))).toBe('protocol_error');
    const early = (await begun(['a', 'b', 'c'])).finish(resp({ responseToken: NOTHING }));
    expect(await codeOf(early)).toBe('protocol_error');
  });

  it('may not send a token after the last one', async () => {
    const spnego = await begun(['a', 'b']);
    await spnego.next(resp({ responseToken: NOTHING }));
    const more = resp({ responseToken: Buffer.from('more') });
    expect(await codeOf(spnego.finish(more))).toBe('protocol_error');
  });

  it('may not sign before there are keys', async () => {
    const spnego = await begun(['a', 'b', 'c']);
    const early = resp({ responseToken: NOTHING, mechListMic: Buffer.alloc(16) });
    expect(await codeOf(spnego.next(early))).toBe('signature_invalid');
  });

  it('cannot harm by any bytes, whole or damaged', async () => {
    const good = resp({
      negState: NegState.ACCEPT_INCOMPLETE,
      supportedMech: NTLM_OID,
      responseToken: Buffer.from('token'),
      mechListMic: Buffer.alloc(16),
    });
    const damaged = fc
      .tuple(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length))
      .map(([at, byte, length]) => {
        const bytes = Buffer.from(good);
        bytes.writeUInt8(byte, at);
        return bytes.subarray(0, length);
      });
    const bytes = fc.oneof(
      damaged,
      fc.uint8Array({ maxLength: 80 }).map((array) => Buffer.from(array)),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (token) => {
        const spnego = await begun(['a', 'b']);
        expect(['no error', 'protocol_error', 'logon_failure', 'signature_invalid']).toContain(
          await codeOf(spnego.next(token)),
        );
      }),
      { numRuns: 500 },
    );
  });
});

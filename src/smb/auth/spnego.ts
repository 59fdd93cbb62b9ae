import { timingSafeEqual } from 'node:crypto';
import { SmbError } from '../smb-error.ts';
import type { AuthExchange } from './provider.ts';
import {
  decodeNegTokenInit,
  decodeNegTokenResp,
  encodeMechTypeList,
  encodeNegTokenInit,
  encodeNegTokenResp,
  NegState,
} from './spnego-tokens.ts';
import type { NegTokenResp } from './spnego-tokens.ts';

export const NTLM_OID = '1.3.6.1.4.1.311.2.2.10';
export const KERBEROS_OID = '1.2.840.113554.1.2.2';

/** What Windows 2000 wrote for Kerberos; servers still list it, some choose it (MS-SPNG 3.1.1.2). */
const MS_KERBEROS_OID = '1.2.840.48018.1.2.2';

const RAW_NTLM = Buffer.from('NTLMSSP\0', 'latin1');

function isRaw(token: Buffer): boolean {
  return (
    token.length >= RAW_NTLM.length && timingSafeEqual(token.subarray(0, RAW_NTLM.length), RAW_NTLM)
  );
}

/**
 * The client's side of SPNEGO (RFC 4178, MS-SPNG) around one mechanism: puts its tokens into
 * NegTokenInit and NegTokenResp and takes the server's out of them. Servers that speak NTLM without
 * SPNEGO are followed.
 *
 * Call `first()`, then `next()` for every answer that asks for more (STATUS_MORE_PROCESSING_REQUIRED)
 * and `finish()` for the one that accepts the logon.
 *
 * Only one mechanism is offered, so nobody can talk us into a weaker one. The list is signed all the
 * same (mechListMIC) as soon as there are keys, as Windows and Samba do, and a signature of the
 * server is always checked.
 */
export class SpnegoNegotiator {
  readonly #exchange: AuthExchange;
  readonly #oid: string;
  readonly #hint: Buffer;
  readonly #mechTypeList: Buffer;
  #raw = false;
  #micSent = false;

  /**
   * `oid` names the mechanism of `exchange`; `serverHint` is the security buffer of the NEGOTIATE
   * response, which may be empty.
   */
  constructor(exchange: AuthExchange, oid: string, serverHint?: Buffer) {
    this.#exchange = exchange;
    this.#oid = oid;
    this.#hint = serverHint ?? Buffer.alloc(0);
    this.#mechTypeList = encodeMechTypeList([oid]);
  }

  /**
   * The token of the first SESSION_SETUP. Rejects with `unsupported` when the server's hint does
   * not list the mechanism.
   */
  async first(): Promise<Buffer> {
    this.#raw = isRaw(this.#hint);
    if (!this.#raw && this.#hint.length > 0) {
      const { mechTypes } = decodeNegTokenInit(this.#hint);
      if (mechTypes.length > 0 && !mechTypes.some((oid) => this.#isOurs(oid))) {
        throw new SmbError(
          'unsupported',
          `The server does not offer the authentication mechanism ${this.#oid}`,
        );
      }
    }
    const mechToken = await this.#exchange.step(undefined);
    if (mechToken === undefined) {
      throw new SmbError('invalid_argument', 'The authentication provider gave no first token');
    }
    return this.#raw ? mechToken : encodeNegTokenInit({ mechTypes: [this.#oid], mechToken });
  }

  /**
   * The answer to a server that wants more; undefined when there is nothing left to say. Rejects
   * with `logon_failure` when it rejected the logon, `signature_invalid` when its mechListMIC is
   * wrong, `protocol_error` when its token is malformed.
   */
  async next(serverToken: Buffer): Promise<Buffer | undefined> {
    this.#raw ||= isRaw(serverToken);
    const server = this.#raw ? { responseToken: serverToken } : this.#decode(serverToken);
    const responseToken = await this.#stepWith(server);
    if (this.#raw) return responseToken;

    await this.#verify(server);
    const mechListMic = await this.#mic();
    if (responseToken === undefined && mechListMic === undefined) return undefined;
    return encodeNegTokenResp({ responseToken, mechListMic });
  }

  /**
   * Takes the token, maybe empty, of the answer that accepts the logon. Rejects like `next()`. A
   * server that turned the logon into a guest session (`guest`) does not know our keys, so nothing
   * it signed can be checked.
   */
  async finish(serverToken: Buffer, options: { readonly guest?: boolean } = {}): Promise<void> {
    if (serverToken.length > 0) {
      this.#raw ||= isRaw(serverToken);
      const server = this.#raw ? { responseToken: serverToken } : this.#decode(serverToken);
      if ((await this.#stepWith(server)) !== undefined) {
        throw new SmbError('protocol_error', 'The server accepted a logon that was not complete');
      }
      if (options.guest !== true) await this.#verify(server);
    }
    if (!this.#exchange.done) {
      throw new SmbError('protocol_error', 'The server accepted a logon that was not complete');
    }
  }

  #isOurs(oid: string): boolean {
    return oid === this.#oid || (this.#oid === KERBEROS_OID && oid === MS_KERBEROS_OID);
  }

  #decode(serverToken: Buffer): NegTokenResp {
    const server = decodeNegTokenResp(serverToken);
    if (server.negState === NegState.REJECT) {
      throw new SmbError('logon_failure', 'The server rejected the logon');
    }
    if (server.supportedMech !== undefined && !this.#isOurs(server.supportedMech)) {
      throw new SmbError(
        'protocol_error',
        `The server chose the mechanism ${server.supportedMech}, which was not offered`,
      );
    }
    return server;
  }

  /** Hands the mechanism its token; a token for a mechanism that is done is one too many. */
  async #stepWith({ responseToken }: NegTokenResp): Promise<Buffer | undefined> {
    if (!this.#exchange.done) return this.#exchange.step(responseToken ?? Buffer.alloc(0));
    if (responseToken !== undefined && responseToken.length > 0) {
      throw new SmbError('protocol_error', 'The server sent a token after the last one');
    }
    return undefined;
  }

  async #verify({ mechListMic }: NegTokenResp): Promise<void> {
    if (mechListMic === undefined || this.#exchange.verifyMic === undefined) return;
    const valid =
      this.#exchange.done && (await this.#exchange.verifyMic(this.#mechTypeList, mechListMic));
    if (!valid) {
      throw new SmbError('signature_invalid', 'The mechListMIC of the server is wrong');
    }
  }

  async #mic(): Promise<Buffer | undefined> {
    if (this.#micSent || !this.#exchange.done || this.#exchange.mic === undefined) return undefined;
    this.#micSent = true;
    return this.#exchange.mic(this.#mechTypeList);
  }
}

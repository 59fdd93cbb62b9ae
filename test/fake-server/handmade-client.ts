import { ntlmProvider } from '../../src/smb/auth/ntlm.ts';
import { NTLM_OID, SpnegoNegotiator } from '../../src/smb/auth/spnego.ts';
import { createSigner } from '../../src/smb/crypto/signing.ts';
import type { Signer } from '../../src/smb/crypto/signing.ts';
import { FrameReader, framePrefix } from '../../src/smb/net/frame-reader.ts';
import type { Transport } from '../../src/smb/net/transport.ts';
import { Command, decodeHeader, HeaderFlag, splitCompound } from '../../src/smb/wire/header.ts';
import type { Header } from '../../src/smb/wire/header.ts';
import { encodeMessage } from '../../src/smb/wire/message.ts';
import { Dialect, encodeNegotiateRequest } from '../../src/smb/wire/negotiate.ts';
import {
  decodeSessionSetupResponse,
  encodeSessionSetupRequest,
} from '../../src/smb/wire/session-setup.ts';
import { encodeTreeConnectRequest } from '../../src/smb/wire/tree.ts';
import { Mailbox } from './mailbox.ts';

export interface Received {
  readonly header: Header;
  readonly message: Buffer;
}

/** A client that does exactly what it is told, one frame at a time, to test the server with. */
export class HandmadeClient {
  readonly received = new Mailbox<Received>();
  /** Frames as they came, prefix left out. */
  readonly frames: Buffer[] = [];
  sessionId = 0n;
  treeId = 0;
  nextMessageId = 0;
  signer: Signer | undefined;
  #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
    const reader = new FrameReader(0xffffff, (frame) => {
      this.frames.push(frame);
      for (const message of splitCompound(frame)) {
        this.received.push({ header: decodeHeader(message), message });
      }
      return 'kept';
    });
    transport.receiveInto(reader);
  }

  /** A message of this session, with the next id, signed when there is a key. */
  message(command: number, body: Buffer, header: Partial<Header> = {}): Buffer {
    const flags = (header.flags ?? 0) | (this.signer === undefined ? 0 : HeaderFlag.SIGNED);
    const { sessionId, treeId, nextMessageId } = this;
    const message = encodeMessage(
      {
        command,
        credits: 10,
        messageId: nextMessageId,
        sessionId,
        treeId,
        ...header,
        flags,
      },
      body,
    );
    if (header.messageId === undefined) this.nextMessageId += 1;
    const cancel = command === Command.CANCEL;
    const messageId = header.messageId ?? nextMessageId;
    this.signer?.sign([message], messageId, { response: false, cancel }).copy(message, 48);
    return message;
  }

  send(...messages: Buffer[]): void {
    this.#transport.send([framePrefix(messages), ...messages]);
  }

  /** Sends one request and takes the next answer, whatever it is. */
  ask(command: number, body: Buffer, header: Partial<Header> = {}): Promise<Received> {
    this.send(this.message(command, body, header));
    return this.received.next();
  }

  /** NEGOTIATE 2.0.2, the logon as alice, the share. */
  async begin({ password = 'secret', share = 'data' } = {}): Promise<Received> {
    await this.negotiate();
    const answer = await this.logOn(password);
    if (answer.header.status !== 0) return answer;
    return this.connectTree(share);
  }

  negotiate(): Promise<Received> {
    const body = encodeNegotiateRequest({
      securityMode: 1,
      capabilities: 0,
      clientGuid: Buffer.alloc(16, 1),
      dialects: [Dialect.SMB202],
      contexts: [],
    });
    return this.ask(Command.NEGOTIATE, body);
  }

  async logOn(password: string): Promise<Received> {
    const exchange = ntlmProvider({ username: 'alice', password }).begin({
      host: 'fake',
      spn: 'cifs/fake',
    });
    const spnego = new SpnegoNegotiator(exchange, NTLM_OID);
    const setup = (securityBuffer: Buffer): Promise<Received> =>
      this.ask(
        Command.SESSION_SETUP,
        encodeSessionSetupRequest({
          flags: 0,
          securityMode: 1,
          capabilities: 0,
          channel: 0,
          securityBuffer,
          previousSessionId: 0n,
        }),
      );
    const first = await setup(await spnego.first());
    this.sessionId = first.header.sessionId;
    const token = decodeSessionSetupResponse(first.message).securityBuffer;
    const second = await setup((await spnego.next(token)) ?? Buffer.alloc(0));
    if (second.header.status === 0)
      this.signer = createSigner('hmac-sha256', exchange.sessionKey());
    return second;
  }

  async connectTree(share: string): Promise<Received> {
    const body = encodeTreeConnectRequest({ flags: 0, path: `\\\\fake\\${share}` });
    const answer = await this.ask(Command.TREE_CONNECT, body);
    this.treeId = answer.header.treeId;
    return answer;
  }
}

import { verifySignature } from '../../src/smb/crypto/signing.ts';
import { Command, commandName, HeaderFlag } from '../../src/smb/wire/header.ts';
import { decodeChangeNotifyRequest } from '../../src/smb/wire/change-notify.ts';
import { decodeQueryDirectoryRequest } from '../../src/smb/wire/query-directory.ts';
import { decodeReadRequest } from '../../src/smb/wire/read.ts';
import { decodeWriteRequest } from '../../src/smb/wire/write.ts';
import type { FakeRequest, ServerContext } from './protocol.ts';

const BYTES_PER_CREDIT = 65_536;

/**
 * What a real server would refuse, or worse, accept: missing or wrong signatures, message ids that
 * were never granted, charges that do not pay for the payload.
 */
export class RequestChecks {
  readonly #server: ServerContext;
  /** Credits granted so far, the first one included: the end of the ids that may be used. */
  #granted = 1;
  #nextMessageId = 0;

  constructor(server: ServerContext) {
    this.#server = server;
  }

  /** Credits the client holds. */
  get held(): number {
    return this.#granted - this.#nextMessageId;
  }

  grant(credits: number): void {
    this.#granted += credits;
  }

  /** Looks at a request and takes its credits. */
  accept(request: FakeRequest): void {
    this.checkProtection(request);
    const { header } = request;
    const name = commandName(header.command);
    const charge = this.#server.agreement?.multiCredit === true ? header.creditCharge : 1;
    if (header.messageId !== this.#nextMessageId) {
      this.#server.violate(`${name} has id ${header.messageId}, not ${this.#nextMessageId}`);
    }
    this.#nextMessageId = header.messageId + Math.max(1, charge);
    if (this.#nextMessageId > this.#granted) {
      this.#server.violate(`${name} goes beyond the ${this.#granted} credits granted`);
    }
    const needed = Math.max(1, Math.ceil(payloadOf(request) / BYTES_PER_CREDIT));
    if (charge < needed) this.#server.violate(`${name} costs ${needed} and is charged ${charge}`);
  }

  checkProtection({ header, message, sealed, session }: FakeRequest): void {
    const { options } = this.#server;
    const { command, flags } = header;
    const name = commandName(command);
    const isLogon = command === Command.SESSION_SETUP || command === Command.NEGOTIATE;
    if (options.encryptSession && session?.sealer !== undefined && !sealed && !isLogon) {
      this.#server.violate(`${name} came in the clear`);
    }
    if (session?.signer === undefined || sealed) return;
    const direction = { response: false, cancel: command === Command.CANCEL };
    if ((flags & HeaderFlag.SIGNED) === 0) this.#server.violate(`${name} came unsigned`);
    else if (!verifySignature(session.signer, [message], header.messageId, direction)) {
      this.#server.violate(`${name} came with a wrong signature`);
    }
  }
}

function payloadOf({ header, message }: FakeRequest): number {
  switch (header.command) {
    case Command.READ:
      return decodeReadRequest(message).length;
    case Command.WRITE:
      return decodeWriteRequest(message).length;
    case Command.QUERY_DIRECTORY:
      return decodeQueryDirectoryRequest(message).outputBufferLength;
    case Command.CHANGE_NOTIFY:
      return decodeChangeNotifyRequest(message).outputBufferLength;
    default:
      return 0;
  }
}

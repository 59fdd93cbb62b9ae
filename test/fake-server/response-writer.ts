import { framePrefix } from '../../src/smb/net/frame-reader.ts';
import { Status } from '../../src/smb/status.ts';
import { Command, encodeHeader, HeaderFlag, HEADER_SIZE } from '../../src/smb/wire/header.ts';
import type { Header } from '../../src/smb/wire/header.ts';
import { align8 } from '../../src/smb/wire/layout.ts';
import type { FakeRequest, Reply } from './protocol.ts';
import type { FakeSession } from './session.ts';

/** An answer with everything that is needed to write it. */
export interface Answer {
  readonly request: FakeRequest;
  readonly reply: Reply;
  readonly credits: number;
  /** The final answer of this operation. */
  readonly finishes?: bigint;
  readonly session: FakeSession | undefined;
}

const FROM_SERVER = { response: true, cancel: false } as const;
const SIGNATURE_AT = 48;
const SIGNATURE_SIZE = 16;

/** Whether an answer has to travel in a frame of its own. */
export function standsAlone({ reply }: Answer): boolean {
  const { copies, protection, wire } = reply;
  return copies !== undefined || wire !== undefined || protection === 'clear';
}

/** One frame, prefix included, of one answer or a compound of several. */
export function writeFrame(answers: readonly Answer[]): Buffer {
  const messages = answers.map((answer, index) =>
    writeMessage(answer, index === answers.length - 1),
  );
  const [first] = answers;
  const protection = first?.reply.protection ?? 'right';
  const sealer = first?.request.sealed === true ? first.session?.sealer : undefined;
  if (sealer === undefined || protection === 'clear') {
    return Buffer.concat([framePrefix(messages), ...messages]);
  }
  const sealed = sealer.seal(messages, first?.session?.id ?? 0n);
  const [head] = sealed;
  // The authentication tag stands behind the four bytes of the protocol.
  if (protection === 'wrong' && head !== undefined) head[4]! ^= 1;
  return Buffer.concat([framePrefix(sealed), ...sealed]);
}

function writeMessage(answer: Answer, isLast: boolean): Buffer {
  const { request, reply, credits, session } = answer;
  const size = HEADER_SIZE + reply.body.length;
  const message = Buffer.alloc(isLast ? size : align8(size));
  const asyncId = answer.finishes ?? reply.asyncId;
  const header: Header = {
    creditCharge: request.header.creditCharge,
    status: reply.status,
    command: request.header.command,
    credits,
    flags: HeaderFlag.RESPONSE | (request.header.flags & HeaderFlag.RELATED),
    nextCommand: isLast ? 0 : message.length,
    messageId: request.header.messageId,
    treeId: request.header.treeId,
    asyncId: asyncId ?? 0n,
    sessionId: request.header.sessionId,
    ...reply.header,
  };
  if (asyncId !== undefined) header.flags |= HeaderFlag.ASYNC;
  const protection = reply.protection ?? 'right';
  const sealed = request.sealed && protection !== 'clear';
  const signs = !sealed && mustSign(answer) && (protection === 'right' || protection === 'wrong');
  if (signs || protection === 'echo') header.flags |= HeaderFlag.SIGNED;
  encodeHeader(header, message);
  reply.body.copy(message, HEADER_SIZE);
  if (protection === 'echo') {
    request.message.copy(message, SIGNATURE_AT, SIGNATURE_AT, SIGNATURE_AT + SIGNATURE_SIZE);
  } else if (signs && session?.signer !== undefined) {
    const signature = session.signer.sign([message], header.messageId, FROM_SERVER);
    if (protection === 'wrong') signature[0]! ^= 1;
    signature.copy(message, SIGNATURE_AT);
  }
  reply.onEncoded?.(message);
  return message;
}

/** Interims never are; else as the request, and the end of a logon (MS-SMB2 3.3.4.1.1). */
function mustSign({ request, reply, session }: Answer): boolean {
  if (session?.signer === undefined || reply.status === Status.PENDING) return false;
  const { command, flags } = request.header;
  return command === Command.SESSION_SETUP || (flags & HeaderFlag.SIGNED) !== 0;
}

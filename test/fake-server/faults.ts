import type { Header } from '../../src/smb/wire/header.ts';
import type { FakeRequest, Protection, Reply } from './protocol.ts';
import { failure } from './replies.ts';

/** One request on its way to an answer. */
export interface Turn {
  readonly request: FakeRequest;
  /** Does what was asked and gives the answer that belongs to it. */
  readonly answer: () => Reply;
}

/** What to do about a request instead of answering it; undefined is silence. */
export type Fault = (turn: Turn) => Reply | undefined | Promise<Reply | undefined>;

/** Which requests go wrong, and how. */
export interface FaultRule {
  /** One of `Command`; default any. */
  readonly command?: number;
  /** How many that match are let through first; default none. */
  readonly skip?: number;
  /** How many go wrong then; default one. */
  readonly times?: number;
  readonly when?: (request: FakeRequest) => boolean;
  readonly fault: Fault;
}

/** The request is lost on its way: nothing is done, nothing is said. */
export const loseRequest: Fault = () => undefined;

/** The answer is lost on its way. */
export const loseAnswer: Fault = ({ answer }) => {
  answer();
  return undefined;
};

/** Nothing is done and this is the reason. */
export function failWith(status: number, errorData?: Buffer): Fault {
  return () => failure(status, errorData);
}

/** Something else is answered. */
export function answerWith(reply: Reply): Fault {
  return () => reply;
}

/** The answer waits. What was asked is done at once. */
export function answerAfter(moment: Promise<unknown>): Fault {
  return async ({ answer }) => {
    const reply = answer();
    await moment;
    return reply;
  };
}

/** The body lies: it is changed before it is signed. */
export function editBody(edit: (body: Buffer) => Buffer): Fault {
  return ({ answer }) => {
    const reply = answer();
    return { ...reply, body: edit(Buffer.from(reply.body)) };
  };
}

/** The header lies. */
export function editHeader(header: Partial<Header>): Fault {
  return ({ answer }) => {
    const reply = answer();
    return { ...reply, header: { ...reply.header, ...header } };
  };
}

/** The answer is not protected as it should be. */
export function protect(protection: Protection): Fault {
  return ({ answer }) => ({ ...answer(), protection });
}

/** The answer comes so many times. */
export function repeat(copies: number): Fault {
  return ({ answer }) => ({ ...answer(), copies });
}

/** The finished frame, prefix included, is changed on the wire or cut into chunks. */
export function onWire(wire: (frame: Buffer) => readonly Buffer[]): Fault {
  return ({ answer }) => ({ ...answer(), wire });
}

/** Only so many bytes of the frame ever come. */
export function cutOffAfter(bytes: number): Fault {
  return onWire((frame) => [frame.subarray(0, bytes)]);
}

/** How a stream may be cut into chunks: pieces of `size` bytes. For the transport too. */
export function chunksOf(size: number): (bytes: Buffer) => Buffer[] {
  return (bytes) => {
    const chunks: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
    return chunks;
  };
}

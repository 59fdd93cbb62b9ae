import { encodeEmptyBody } from '../wire/empty-body.ts';
import { Command, HeaderFlag } from '../wire/header.ts';
import type { Element } from './exchange.ts';
import { buildFrame } from './frame-builder.ts';

/**
 * The CANCEL of a request. It takes no id and no credit and has no answer (MS-SMB2 3.2.4.24). It
 * keeps the message id of its request also where it has an async id: the GMAC nonce is made of it.
 */
export function cancelFrame(element: Element, seal: boolean): Buffer[] {
  const { asyncId, exchange, messageId } = element;
  const { session } = exchange.options;
  const isAsync = asyncId > 0n;
  const header = {
    creditCharge: 0,
    status: 0,
    command: Command.CANCEL,
    credits: 0,
    flags: isAsync ? HeaderFlag.ASYNC : 0,
    nextCommand: 0,
    messageId,
    treeId: 0,
    asyncId: isAsync ? asyncId : 0n,
    sessionId: session?.sessionId ?? 0n,
  };
  return buildFrame([{ header, body: encodeEmptyBody(), data: [] }], session, seal).parts;
}

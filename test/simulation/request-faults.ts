import { Status } from '../../src/smb/status.ts';
import { Command } from '../../src/smb/wire/header.ts';
import {
  answerAfter,
  cutOffAfter,
  editBody,
  failWith,
  loseAnswer,
  loseRequest,
  protect,
  repeat,
} from '../fake-server/faults.ts';
import type { FakeServer } from '../fake-server/fake-server.ts';
import type { FaultRule } from '../fake-server/faults.ts';
import type { World } from './world.ts';

/** What may go wrong with one request. */
export const REQUEST_FAULTS = [
  'lose-answer',
  'lose-request',
  'delay',
  'long-delay',
  'duplicate',
  'truncate',
  'wrong-signature',
  'malformed-listing',
  'malformed-notify',
  'no-resources',
  'refuse-open',
  'end-notify',
] as const;

export type RequestFault = (typeof REQUEST_FAULTS)[number];

/** The rule for a fault; `skip` requests that it fits are spared first, `amount` is from 0 to 200. */
export function ruleFor(
  fault: RequestFault,
  skip: number,
  amount: number,
  world: World,
): FaultRule {
  const later = (ms: number): FaultRule => ({
    skip,
    fault: (turn) => {
      const moment = new Promise<void>((resolve) => {
        world.clock.for('host').setTimeout(resolve, ms);
      });
      return answerAfter(moment)(turn);
    },
  });
  switch (fault) {
    case 'lose-answer':
      return { skip, fault: loseAnswer };
    case 'lose-request':
      return { skip, fault: loseRequest };
    case 'delay':
      return later(amount * 10);
    case 'long-delay':
      return later(30_000 + amount * 500);
    case 'duplicate':
      return { skip, fault: repeat(2) };
    case 'truncate':
      return { skip, fault: breakOffAfter(amount, world) };
    case 'wrong-signature':
      return { skip, fault: protect('wrong') };
    case 'malformed-listing':
      return { command: Command.QUERY_DIRECTORY, skip, fault: scramble(amount) };
    case 'malformed-notify':
      return { command: Command.CHANGE_NOTIFY, skip, fault: scramble(amount) };
    case 'no-resources': {
      const command = amount % 2 === 0 ? Command.CHANGE_NOTIFY : Command.CREATE;
      return { command, skip, fault: failWith(Status.INSUFFICIENT_RESOURCES) };
    }
    case 'refuse-open':
      return { command: Command.CREATE, skip, fault: failWith(Status.SHARING_VIOLATION) };
    case 'end-notify':
      return { command: Command.CHANGE_NOTIFY, skip, fault: failWith(Status.NOTIFY_CLEANUP) };
  }
}

/** The server dies in the middle of an answer, or the link does: what follows is nothing, ever. */
function breakOffAfter(bytes: number, { host }: World): FaultRule['fault'] {
  return (turn) => {
    const cutOff = cutOffAfter(bytes)(turn);
    if (cutOff === undefined || cutOff instanceof Promise) return cutOff;
    const isServer = ({ requests }: FakeServer): boolean => requests.includes(turn.request);
    const server = [...host.connections].find(isServer);
    const onSent = (): void => {
      cutOff.onSent?.();
      if (bytes % 2 === 0) server?.hangUp();
      else server?.fallSilent();
    };
    return { ...cutOff, onSent };
  };
}

/** One byte of the answer is another. */
function scramble(amount: number): FaultRule['fault'] {
  return editBody((body) => {
    if (body.length > 0) body[amount % body.length]! ^= 0xff;
    return body;
  });
}

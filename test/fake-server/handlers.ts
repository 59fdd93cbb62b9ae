import { Command } from '../../src/smb/wire/header.ts';
import { echo, ioctl, negotiate } from './connection-handlers.ts';
import { flush, read, write } from './data-handlers.ts';
import { changeNotify, queryDirectory } from './directory-handlers.ts';
import { queryInfo, setInfo } from './info-handlers.ts';
import { close, create } from './open-handlers.ts';
import type { Handler } from './protocol.ts';
import { logoff, sessionSetup, treeConnect, treeDisconnect } from './session-handlers.ts';

/** What answers each command. CANCEL has no answer. */
export const HANDLERS: ReadonlyMap<number, Handler> = new Map<number, Handler>([
  [Command.NEGOTIATE, negotiate],
  [Command.SESSION_SETUP, sessionSetup],
  [Command.LOGOFF, logoff],
  [Command.TREE_CONNECT, treeConnect],
  [Command.TREE_DISCONNECT, treeDisconnect],
  [Command.CREATE, create],
  [Command.CLOSE, close],
  [Command.FLUSH, flush],
  [Command.READ, read],
  [Command.WRITE, write],
  [Command.IOCTL, ioctl],
  [Command.ECHO, echo],
  [Command.QUERY_DIRECTORY, queryDirectory],
  [Command.CHANGE_NOTIFY, changeNotify],
  [Command.QUERY_INFO, queryInfo],
  [Command.SET_INFO, setInfo],
]);

/** Commands that need no session. */
export const WITHOUT_SESSION: readonly number[] = [
  Command.NEGOTIATE,
  Command.SESSION_SETUP,
  Command.ECHO,
];

/** What a session that expired may still do (MS-SMB2 3.3.5.2.9). */
export const WHILE_EXPIRED: readonly number[] = [
  Command.SESSION_SETUP,
  Command.LOGOFF,
  Command.CLOSE,
  Command.NEGOTIATE,
];

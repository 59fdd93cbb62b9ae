import { Status } from '../../src/smb/status.ts';
import { decodeEmptyBody, encodeEmptyBody } from '../../src/smb/wire/empty-body.ts';
import {
  decodeSessionSetupRequest,
  encodeSessionSetupResponse,
  SessionFlag,
} from '../../src/smb/wire/session-setup.ts';
import {
  decodeTreeConnectRequest,
  encodeTreeConnectResponse,
  ShareFlag,
  ShareType,
} from '../../src/smb/wire/tree.ts';
import { closeOpen } from './opens.ts';
import type { FakeRequest, Reply, ServerContext } from './protocol.ts';
import { failure, success } from './replies.ts';
import { FakeSession } from './session.ts';

let lastSessionId = 0x0000_4000_0000_0000n;
const FULL_ACCESS = 0x001f01ff;
let lastTreeId = 0x100;

export function sessionSetup(request: FakeRequest, server: ServerContext): Reply {
  const { agreement, options, sessions } = server;
  if (agreement === undefined) return failure(Status.INVALID_PARAMETER);
  const { securityBuffer, previousSessionId } = decodeSessionSetupRequest(request.message);
  if (previousSessionId !== 0n) endSession(previousSessionId, server);
  const wanted = request.header.sessionId;
  if (!options.acceptsSessions()) return failure(Status.REQUEST_NOT_ACCEPTED);
  if (wanted !== 0n && !sessions.has(wanted)) return failure(Status.USER_SESSION_DELETED);
  const session =
    sessions.get(wanted) ?? new FakeSession((lastSessionId += 1n), agreement, options);
  sessions.set(session.id, session);
  const header = { sessionId: session.id };
  const isNew = session.logons === 0;
  if (isNew) session.preauth?.update([request.message]);

  const { token, caller } = attempt(session, securityBuffer, server);
  if (caller === undefined) {
    const body = encodeSessionSetupResponse({ sessionFlags: 0, securityBuffer: token });
    return {
      status: Status.MORE_PROCESSING_REQUIRED,
      body,
      header,
      onEncoded: (message) => {
        if (isNew) session.preauth?.update([message]);
      },
    };
  }
  const isRefused =
    (caller.kind === 'stranger' && options.strangers === 'refused') ||
    (caller.kind === 'anonymous' && !options.allowAnonymous);
  if (isRefused) {
    if (isNew) sessions.delete(session.id);
    return { ...failure(Status.LOGON_FAILURE), header };
  }
  session.accept(caller);
  const sessionFlags =
    (caller.kind === 'stranger' ? SessionFlag.GUEST : 0) |
    (caller.kind === 'anonymous' ? SessionFlag.NULL : 0) |
    (caller.kind === 'user' && options.encryptSession ? SessionFlag.ENCRYPT_DATA : 0);
  const body = encodeSessionSetupResponse({ sessionFlags, securityBuffer: token });
  return { ...success(body), header };
}

/** A token that no client may send counts as a wrong password. */
function attempt(
  session: FakeSession,
  token: Buffer,
  server: ServerContext,
): ReturnType<FakeSession['step']> {
  try {
    return session.step(token);
  } catch (error) {
    server.violate(`logon: ${String(error)}`);
    return { token: Buffer.alloc(0), caller: { kind: 'stranger' } };
  }
}

export function treeConnect(request: FakeRequest, server: ServerContext): Reply {
  const { session } = request;
  if (session === undefined) return failure(Status.USER_SESSION_DELETED);
  const { path } = decodeTreeConnectRequest(request.message);
  const share = /^\\\\[^\\]+\\([^\\]+)$/.exec(path)?.[1];
  if (share === undefined) server.violate(`TREE_CONNECT to ${path}`);
  const isPipe = share?.toUpperCase() === 'IPC$';
  if (!isPipe && share?.toLowerCase() !== server.options.share.toLowerCase()) {
    return failure(Status.BAD_NETWORK_NAME);
  }
  lastTreeId += 1;
  session.trees.set(lastTreeId, { id: lastTreeId, session });
  const body = encodeTreeConnectResponse({
    shareType: isPipe ? ShareType.PIPE : ShareType.DISK,
    shareFlags: server.options.encryptShare ? ShareFlag.ENCRYPT_DATA : 0,
    capabilities: 0,
    maximalAccess: FULL_ACCESS,
  });
  return { ...success(body), header: { treeId: lastTreeId } };
}

export function treeDisconnect(request: FakeRequest, server: ServerContext): Reply {
  decodeEmptyBody(request.message);
  const { treeId } = request.header;
  if (request.session?.trees.delete(treeId) !== true) return failure(Status.NETWORK_NAME_DELETED);
  for (const open of server.opens.values()) {
    if (open.tree.id === treeId) closeOpen(open, server);
  }
  return success(encodeEmptyBody());
}

export function logoff(request: FakeRequest, server: ServerContext): Reply {
  decodeEmptyBody(request.message);
  const { sessionId } = request.header;
  // The answer still has to be signed, so the session goes with it and not before.
  return { ...success(encodeEmptyBody()), onSent: () => endSession(sessionId, server) };
}

/** The session, its trees and its handles are gone. */
export function endSession(sessionId: bigint, server: ServerContext): void {
  for (const open of server.opens.values()) {
    if (open.tree.session.id === sessionId) closeOpen(open, server);
  }
  server.sessions.delete(sessionId);
}

import {
  Access,
  CreateOption,
  decodeCreateResponse,
  Disposition,
  encodeCreateRequest,
  Impersonation,
  OplockLevel,
  Share,
} from '../wire/create.ts';
import type { CreateResponse } from '../wire/create.ts';
import { encodeCloseRequest } from '../wire/close.ts';
import { Command } from '../wire/header.ts';
import { errorForStatus, Status } from '../status.ts';
import { toWirePath } from './path.ts';
import type { OutgoingRequest, RequestOptions, SmbMessage } from './request.ts';
import type { TreeContext } from './contexts.ts';

/** Stands for the handle that the CREATE of the same compound is about to make. */
const RELATED_FILE_ID = Buffer.alloc(16, 0xff);

export interface OpenParameters {
  readonly access: number;
  readonly options?: number;
  readonly disposition?: number;
  readonly share?: number;
  readonly attributes?: number;
  /** Ask for the file id as well. */
  readonly wantFileId?: boolean;
}

/** What a watch or a listing needs of its directory (MS-SMB2 3.3.5.19). */
export const DIRECTORY_HANDLE: OpenParameters = {
  access: Access.LIST_DIRECTORY | Access.READ_ATTRIBUTES | Access.SYNCHRONIZE,
  options: CreateOption.DIRECTORY_FILE,
};

export function createRequest(path: string, parameters: OpenParameters): OutgoingRequest {
  const body = encodeCreateRequest({
    oplockLevel: OplockLevel.NONE,
    impersonation: Impersonation.IMPERSONATION,
    desiredAccess: parameters.access,
    fileAttributes: parameters.attributes ?? 0,
    shareAccess: parameters.share ?? Share.ALL,
    disposition: parameters.disposition ?? Disposition.OPEN,
    options: parameters.options ?? 0,
    name: toWirePath(path),
    contexts: parameters.wantFileId === true ? [{ name: 'QFid', data: Buffer.alloc(0) }] : [],
  });
  return { command: Command.CREATE, body };
}

export function closeRequest(fileId: Buffer): OutgoingRequest {
  return { command: Command.CLOSE, body: encodeCloseRequest({ flags: 0, fileId }) };
}

/**
 * Opens. When the caller has given up by the time the server says yes, the handle is closed again:
 * nothing is left open behind an aborted or overdue request.
 */
export async function openHandle(
  tree: TreeContext,
  path: string,
  parameters: OpenParameters,
  options: RequestOptions = {},
): Promise<CreateResponse> {
  const request = createRequest(path, parameters);
  const answer = await tree.request(request, { ...options, path, onLate: closeOpened(tree) });
  return decodeCreateResponse(answer.bytes);
}

/** Closes what a CREATE has opened for nobody. */
export function closeOpened(tree: TreeContext): (answers: SmbMessage[]) => void {
  return (answers) => {
    const [created] = answers;
    if (created?.status !== Status.SUCCESS) return;
    // In a compound, the last one is a CLOSE.
    if (answers.length > 1 && answers.at(-1)?.status === Status.SUCCESS) return;
    closeLater(tree, decodeCreateResponse(created.bytes).fileId);
  };
}

/** Closes without anybody waiting. A handle that cannot be closed goes with its tree. */
export function closeLater(tree: TreeContext, fileId: Buffer): void {
  tree.submit([closeRequest(fileId)], { lane: 'urgent' }, () => undefined);
}

export interface CompoundResult {
  readonly opened: CreateResponse;
  /** The answers between CREATE and CLOSE, in order, whatever their status. */
  readonly answers: SmbMessage[];
}

/** The requests on a handle, whichever it will be. */
export type RequestsOn = (fileId: Buffer) => readonly OutgoingRequest[];

/**
 * CREATE, the requests, CLOSE in one round trip (MS-SMB2 3.2.4.1.4); one after the other on servers
 * that never give so many credits. Throws when the CREATE fails; the status of the others is for the
 * caller. The handle is closed in every case.
 */
export async function withCompoundOpen(
  tree: TreeContext,
  path: string,
  parameters: OpenParameters,
  requestsOn: RequestsOn,
  options: RequestOptions = {},
): Promise<CompoundResult> {
  const requests = requestsOn(RELATED_FILE_ID);
  if (tree.mux.credits.total < requests.length + 2) {
    return withOpen(tree, path, parameters, requestsOn, options);
  }
  const create = createRequest(path, parameters);
  const closeStillOpen = closeOpened(tree);
  const all = await tree.exchange([create, ...requests, closeRequest(RELATED_FILE_ID)], {
    ...options,
    onLate: closeStillOpen,
  });
  const first = all[0]!;
  if (first.status !== Status.SUCCESS) throw errorForStatus(first.status, 'CREATE', path);
  const opened = decodeCreateResponse(first.bytes);
  closeStillOpen(all);
  const answers = all.slice(1, -1);
  // The session expired in between: one by one, they are sent again once it is renewed.
  if (answers.some(({ status }) => status === Status.NETWORK_SESSION_EXPIRED)) {
    return withOpen(tree, path, parameters, requestsOn, options);
  }
  return { opened, answers };
}

async function withOpen(
  tree: TreeContext,
  path: string,
  parameters: OpenParameters,
  requestsOn: RequestsOn,
  options: RequestOptions,
): Promise<CompoundResult> {
  const opened = await openHandle(tree, path, parameters, options);
  const answers: SmbMessage[] = [];
  try {
    for (const request of requestsOn(opened.fileId)) {
      answers.push(...(await tree.exchange([request], options)));
    }
  } finally {
    // What was asked for may come to pass only now: a removal does.
    await new Promise<void>((resolve) => {
      tree.submit([closeRequest(opened.fileId)], { lane: 'urgent' }, () => resolve());
    });
  }
  return { opened, answers };
}

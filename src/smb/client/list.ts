import { SMB_DEFAULTS } from '../defaults.ts';
import { SmbError } from '../smb-error.ts';
import { errorForStatus, Status } from '../status.ts';
import { decodeDirectoryEntries, InfoClass } from '../wire/directory-entry.ts';
import { Command } from '../wire/header.ts';
import { decodeOutputBufferResponse } from '../wire/output-buffer.ts';
import { encodeQueryDirectoryRequest } from '../wire/query-directory.ts';
import { entryOf } from './entry.ts';
import type { Entry } from './entry.ts';
import {
  closeLater,
  DIRECTORY_HANDLE,
  openHandle,
  RELATED_FILE_ID,
  withCompoundOpen,
} from './opens.ts';
import type { OutgoingRequest, SmbMessage } from './request.ts';
import type { Lane } from './credit-window.ts';
import type { TreeContext } from './contexts.ts';

export interface ListOptions {
  /** Matched by the server; `*` and `?` as in DOS. Default all. */
  readonly pattern?: string;
  /** Bytes of one page from the server. */
  readonly pageBytes?: number;
  readonly signal?: AbortSignal | undefined;
  readonly lane?: Lane;
}

/**
 * Ways to list, best first: information class, and pages above 64 KiB or not. A server that refuses
 * one is asked the next, and the tree remembers. Names, sizes and times come in each.
 */
const FALLBACKS = [
  { infoClass: InfoClass.ID_BOTH, large: true },
  { infoClass: InfoClass.ID_BOTH, large: false },
  { infoClass: InfoClass.BOTH, large: false },
  { infoClass: InfoClass.FULL, large: false },
  { infoClass: InfoClass.DIRECTORY, large: false },
] as const;

const REFUSALS: readonly number[] = [
  Status.INVALID_INFO_CLASS,
  Status.INVALID_PARAMETER,
  Status.NOT_SUPPORTED,
  Status.NOT_IMPLEMENTED,
];

const isEnd = (status: number): boolean =>
  status === Status.NO_MORE_FILES || status === Status.NO_SUCH_FILE;

/**
 * The entries of a directory, page by page, without `.` and `..`. One QUERY_DIRECTORY is never a
 * listing: pages are asked for until the server says that there are no more.
 */
export async function* listPages(
  tree: TreeContext,
  path: string,
  options: ListOptions = {},
): AsyncGenerator<Entry[], void, undefined> {
  const small = await listSmall(tree, path, options);
  if (small === undefined) yield* listLarge(tree, path, options);
  else if (small.length > 0) yield small;
}

/** All entries at once, for callers that hold a whole directory anyway. */
export async function listAll(
  tree: TreeContext,
  path: string,
  options: ListOptions = {},
): Promise<Entry[]> {
  const small = await listSmall(tree, path, options);
  if (small !== undefined) return small;
  const entries: Entry[] = [];
  for await (const page of listLarge(tree, path, options)) {
    for (const entry of page) entries.push(entry);
    if (entries.length > SMB_DEFAULTS.directoryEntries) throw endless(path);
  }
  return entries;
}

/**
 * CREATE, two QUERY_DIRECTORY, CLOSE in one round trip. The second query proves that the first had
 * all there is; when it brings more, the directory is large and undefined is returned: it is listed
 * again on a handle of its own, as a scan cannot be continued on another.
 */
async function listSmall(
  tree: TreeContext,
  path: string,
  options: ListOptions,
): Promise<Entry[] | undefined> {
  const pageBytes = Math.min(options.pageBytes ?? Infinity, SMB_DEFAULTS.listProbeBytes);
  for (;;) {
    const query = { step: tree.listFallback, pageBytes };
    const request = queryRequest(RELATED_FILE_ID, query, options);
    const { answers } = await withCompoundOpen(tree, path, DIRECTORY_HANDLE, [request, request], {
      lane: options.lane ?? 'metadata',
      signal: options.signal,
    });
    const [first, second] = answers as [SmbMessage, SmbMessage];
    if (isEnd(first.status)) return [];
    if (first.status === Status.SUCCESS) {
      return isEnd(second.status) ? entriesOf(first, query) : undefined;
    }
    if (first.status === Status.BUFFER_OVERFLOW) return undefined;
    if (!fallBack(tree, query.step, first.status)) throw refusal(first, path);
  }
}

/** Pages on one handle; while one is handed on, the server already reads the next. */
async function* listLarge(
  tree: TreeContext,
  path: string,
  options: ListOptions,
): AsyncGenerator<Entry[], void, undefined> {
  const { signal, lane = 'metadata' } = options;
  const { fileId } = await openHandle(tree, path, DIRECTORY_HANDLE, { signal, lane });
  const ask = async (query: Query): Promise<SmbMessage> => {
    const request = queryRequest(fileId, query, options);
    const [answer] = await tree.exchange([request], { signal, lane });
    return answer!;
  };
  try {
    let query = largeQuery(tree, options);
    let answer = await ask(query);
    while (answer.status !== Status.SUCCESS && !isEnd(answer.status)) {
      const { status } = answer;
      if (isTooSmall(status) && query.pageBytes < tree.mux.maxTransact) {
        const pageBytes = Math.min(query.pageBytes * 2, tree.mux.maxTransact);
        query = { ...query, pageBytes };
      } else if (fallBack(tree, query.step, status)) query = largeQuery(tree, options);
      else throw refusal(answer, path);
      answer = await ask(query);
    }
    let emptyPages = 0;
    while (answer.status === Status.SUCCESS) {
      const ahead = ask(query);
      // Awaited below, unless the reader leaves before: then its failure interests nobody.
      ahead.catch(() => undefined);
      const entries = entriesOf(answer, query);
      if (entries.length > 0) yield entries;
      emptyPages = entries.length === 0 ? emptyPages + 1 : 0;
      if (emptyPages > SMB_DEFAULTS.listEmptyPages) throw endless(path);
      answer = await ahead;
    }
    if (!isEnd(answer.status)) throw refusal(answer, path);
  } finally {
    closeLater(tree, fileId);
  }
}

interface Query {
  /** Index into `FALLBACKS`. */
  readonly step: number;
  readonly pageBytes: number;
}

function largeQuery(tree: TreeContext, { pageBytes }: ListOptions): Query {
  const step = tree.listFallback;
  const { listPageBytes, listProbeBytes } = SMB_DEFAULTS;
  const most = FALLBACKS[step]!.large ? listPageBytes : listProbeBytes;
  const wanted = Math.min(pageBytes ?? most, most, tree.mux.maxTransact);
  return { step, pageBytes: tree.mux.affordableBytes(wanted) };
}

const isTooSmall = (status: number): boolean =>
  status === Status.BUFFER_OVERFLOW || status === Status.INFO_LENGTH_MISMATCH;

function queryRequest(
  fileId: Buffer,
  { step, pageBytes }: Query,
  { pattern = '*' }: ListOptions,
): OutgoingRequest {
  return {
    command: Command.QUERY_DIRECTORY,
    payloadBytes: pageBytes,
    body: encodeQueryDirectoryRequest({
      infoClass: FALLBACKS[step]!.infoClass,
      flags: 0,
      fileIndex: 0,
      fileId,
      pattern,
      outputBufferLength: pageBytes,
    }),
  };
}

function entriesOf(answer: SmbMessage, { step }: Query): Entry[] {
  const buffer = decodeOutputBufferResponse(answer.bytes);
  return decodeDirectoryEntries(buffer, FALLBACKS[step]!.infoClass).map(entryOf);
}

/** Goes one step down, unless somebody else did meanwhile; false when there is none below. */
function fallBack(tree: TreeContext, step: number, status: number): boolean {
  if (!REFUSALS.includes(status) || step + 1 >= FALLBACKS.length) return false;
  if (tree.listFallback === step) tree.listFallback = step + 1;
  return true;
}

function endless(path: string): SmbError {
  return new SmbError('protocol_error', `The listing of "${path}" comes to no end`, { path });
}

function refusal({ status }: SmbMessage, path: string): SmbError {
  return errorForStatus(status, 'QUERY_DIRECTORY', path);
}

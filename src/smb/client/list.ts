import { SMB_DEFAULTS } from '../defaults.ts';
import { SmbError } from '../smb-error.ts';
import { errorForStatus, Status } from '../status.ts';
import { decodeDirectoryEntries, InfoClass } from '../wire/directory-entry.ts';
import { Command } from '../wire/header.ts';
import { decodeOutputBufferResponse } from '../wire/output-buffer.ts';
import { encodeQueryDirectoryRequest } from '../wire/query-directory.ts';
import { assertWhole } from './arguments.ts';
import { entryOf, entryOfOpen } from './entry.ts';
import type { Entry } from './entry.ts';
import { closeLater, DIRECTORY_HANDLE, openHandle, withCompoundOpen } from './opens.ts';
import type { OutgoingRequest, SmbMessage } from './request.ts';
import type { Lane } from './credit-window.ts';
import { baseName } from './path.ts';
import type { TreeContext } from './contexts.ts';

export interface ListOptions {
  /** Matched by the server; `*` and `?` as in DOS. Default all. */
  readonly pattern?: string;
  /** Bytes of one page from the server. */
  readonly pageBytes?: number;
  /**
   * Told what the directory itself is before any of its entries is read, which costs no request. When the
   * listing has to begin anew it is told again: the last word counts.
   */
  readonly onDirectory?: ((directory: Entry) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly lane?: Lane;
}

/**
 * Ways to list, best first: information class, and pages above 64 KiB or not. A server that refuses
 * one is asked the next, and the tree remembers which it took. Names, sizes and times come in each.
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
  const pageBytes = wantedBytes(options, SMB_DEFAULTS.listProbeBytes);
  for (let { listFallback: step } = tree; ; step += 1) {
    const query = { step, pageBytes };
    const queriesOn = (fileId: Buffer): OutgoingRequest[] => {
      const request = queryRequest(fileId, query, options);
      return [request, request];
    };
    const { opened, answers } = await withCompoundOpen(tree, path, DIRECTORY_HANDLE, queriesOn, {
      lane: options.lane ?? 'metadata',
      signal: options.signal,
    });
    options.onDirectory?.(entryOfOpen(baseName(path), opened));
    const [first, second] = answers as [SmbMessage, SmbMessage];
    if (isEnd(first.status)) return [];
    if (first.status === Status.SUCCESS) {
      tree.listFallback = Math.max(tree.listFallback, step);
      return isEnd(second.status) ? entriesOf(first, query) : undefined;
    }
    if (isTooSmall(first.status)) return undefined;
    if (!mayFallBack(step, first.status)) throw refusal(first, path);
  }
}

/** Pages on one handle; while one is handed on, the server already reads the next. */
async function* listLarge(
  tree: TreeContext,
  path: string,
  options: ListOptions,
): AsyncGenerator<Entry[], void, undefined> {
  const { signal, lane = 'metadata' } = options;
  const opened = await openHandle(tree, path, DIRECTORY_HANDLE, { signal, lane });
  const { fileId } = opened;
  const ask = async (query: Query): Promise<SmbMessage> => {
    const request = queryRequest(fileId, query, options);
    const [answer] = await tree.exchange([request], { signal, lane });
    return answer!;
  };
  try {
    options.onDirectory?.(entryOfOpen(baseName(path), opened));
    let query = largeQuery(tree, tree.listFallback, options);
    let answer = await ask(query);
    let pages = 0;
    let emptyPages = 0;
    while (!isEnd(answer.status)) {
      const { status } = answer;
      if (status === Status.SUCCESS) {
        tree.listFallback = Math.max(tree.listFallback, query.step);
        const ahead = ask(query);
        // Awaited below, unless the reader leaves before: then its failure interests nobody.
        ahead.catch(() => undefined);
        const entries = entriesOf(answer, query);
        if (entries.length > 0) yield entries;
        pages += 1;
        emptyPages = entries.length === 0 ? emptyPages + 1 : 0;
        if (emptyPages > SMB_DEFAULTS.listEmptyPages) throw endless(path);
        answer = await ahead;
        continue;
      }
      const { mux } = tree;
      const pageBytes = mux.affordableBytes(Math.min(query.pageBytes * 2, mux.maxTransact));
      if (isTooSmall(status) && pageBytes > query.pageBytes) query = { ...query, pageBytes };
      else if (pages === 0 && mayFallBack(query.step, status)) {
        query = largeQuery(tree, query.step + 1, options);
      } else throw refusal(answer, path);
      answer = await ask(query);
    }
  } finally {
    closeLater(tree, fileId);
  }
}

interface Query {
  /** Index into `FALLBACKS`. */
  readonly step: number;
  readonly pageBytes: number;
}

function largeQuery(tree: TreeContext, step: number, options: ListOptions): Query {
  const { listPageBytes, listProbeBytes } = SMB_DEFAULTS;
  const most = FALLBACKS[step]!.large ? listPageBytes : listProbeBytes;
  const wanted = Math.min(wantedBytes(options, most), tree.mux.maxTransact);
  return { step, pageBytes: tree.mux.affordableBytes(wanted) };
}

/** Never too few for the longest name. */
function wantedBytes({ pageBytes = Infinity }: ListOptions, most: number): number {
  if (pageBytes !== Infinity) assertWhole('The size of a page', pageBytes, 1);
  return Math.max(Math.min(pageBytes, most), SMB_DEFAULTS.listMinimumBytes);
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

/** Refused for what was asked, so that the next way may do. */
function mayFallBack(step: number, status: number): boolean {
  return REFUSALS.includes(status) && step + 1 < FALLBACKS.length;
}

function endless(path: string): SmbError {
  return new SmbError('protocol_error', `The listing of "${path}" comes to no end`, { path });
}

function refusal({ status }: SmbMessage, path: string): SmbError {
  return errorForStatus(status, 'QUERY_DIRECTORY', path);
}

import { SMB_DEFAULTS } from '../defaults.ts';
import { SmbError } from '../smb-error.ts';
import { errorForStatus, Status } from '../status.ts';
import { encodeEmptyBody } from '../wire/empty-body.ts';
import { Command, commandName } from '../wire/header.ts';
import { decodeTreeConnectResponse, encodeTreeConnectRequest, ShareFlag } from '../wire/tree.ts';
import { confirmNegotiation } from './confirm-negotiation.ts';
import type { SessionContext, TreeContext, TreeResident } from './contexts.ts';
import type { Entry } from './entry.ts';
import { SmbFile } from './file.ts';
import type { OpenOptions } from './file.ts';
import { listPages } from './list.ts';
import type { ListOptions } from './list.ts';
import type { Multiplexer } from './multiplexer.ts';
import * as mutate from './mutate.ts';
import type { FileTimes } from './mutate.ts';
import { closeRequest } from './opens.ts';
import { readRanges } from './read-ranges.ts';
import type { ByteRange, RangesResult } from './read-ranges.ts';
import type { OutgoingRequest, Outcome, RequestOptions, SmbMessage } from './request.ts';
import { stat } from './stat.ts';
import { walk } from './walk.ts';
import type { WalkOptions, WalkStep } from './walk.ts';
import { Watch } from './watch.ts';
import type { WatchOptions } from './watch-options.ts';

const DISK = 1;

/** A connected share. Made by `session.connectTree`; paths are relative to its root. */
export class SmbTree implements TreeContext {
  readonly session: SessionContext;
  readonly share: string;
  readonly treeId: number;
  /** The share demands encryption, whatever the session does. */
  readonly seal: boolean;
  readonly residents = new Set<TreeResident>();
  /** What the listing had to fall back to on this server; see `list.ts`. */
  listFallback = 0;
  #closed: Promise<void> | undefined;

  private constructor(session: SessionContext, share: string, treeId: number, seal: boolean) {
    this.session = session;
    this.share = share;
    this.treeId = treeId;
    this.seal = seal;
  }

  /** TREE_CONNECT (MS-SMB2 3.2.4.2.4), and the confirmation of the negotiation where it is due. */
  static async connect(
    session: SessionContext,
    share: string,
    options: { signal?: AbortSignal | undefined },
  ): Promise<SmbTree> {
    if (!/^[^\\/:*?"<>|\u0000-\u001f]{1,80}$/.test(share)) {
      throw new SmbError('invalid_path', `${JSON.stringify(share)} is no name of a share`);
    }
    const path = `\\\\${session.host}\\${share}`;
    const body = encodeTreeConnectRequest({ flags: 0, path });
    const [answer] = await session.exchangeOn([{ command: Command.TREE_CONNECT, body }], {
      signal: options.signal,
      onLate: ([late]) => {
        if (late?.status !== Status.SUCCESS) return;
        void new SmbTree(session, share, late.header.treeId, false).close();
      },
    });
    const { status, header, bytes } = answer!;
    if (status !== Status.SUCCESS) throw errorForStatus(status, 'TREE_CONNECT', share);
    const response = decodeTreeConnectResponse(bytes);
    const seal = (response.shareFlags & ShareFlag.ENCRYPT_DATA) !== 0;
    const tree = new SmbTree(session, share, header.treeId, seal);
    try {
      if (response.shareType !== DISK) {
        throw new SmbError('unsupported', `${share} is not a share of files`, { path: share });
      }
      if (seal && session.security.sealer === undefined) {
        throw new SmbError('encryption_required', `${share} may only be used encrypted`);
      }
      await confirmNegotiation(session, tree);
    } catch (error) {
      await tree.close();
      throw error;
    }
    return tree;
  }

  get armSettleMs(): number {
    return this.session.serverKind === 'samba' ? SMB_DEFAULTS.sambaSettleMs : 0;
  }

  get mux(): Multiplexer {
    return this.session.mux;
  }

  /** Lists a directory as pages of entries, without `.` and `..`; complete whatever its size. */
  list(path = '', options: ListOptions = {}): AsyncGenerator<Entry[], void, undefined> {
    return listPages(this, path, options);
  }

  /** Lists a directory and everything below it. */
  walk(path = '', options: WalkOptions = {}): AsyncGenerator<WalkStep, void, undefined> {
    return walk([this], path, options);
  }

  stat(path: string, options: RequestOptions = {}): Promise<Entry> {
    return stat(this, path, options);
  }

  open(path: string, options: OpenOptions = {}): Promise<SmbFile> {
    return SmbFile.open(this, path, options);
  }

  /** Ranges of one file in one round trip: see `read-ranges.ts`. */
  readRanges(
    path: string,
    ranges: readonly ByteRange[],
    options: { expectedSize?: number; signal?: AbortSignal | undefined } = {},
  ): Promise<RangesResult> {
    return readRanges(this, path, ranges, options);
  }

  /** A whole file, for small ones. */
  async readFile(
    path: string,
    options: { signal?: AbortSignal | undefined } = {},
  ): Promise<Buffer> {
    await using file = await this.open(path, options);
    return await file.read(0, file.size, options);
  }

  /** Writes a whole file from a buffer or a stream of them; gives the number of bytes. */
  async writeFile(
    path: string,
    content: Uint8Array | AsyncIterable<Uint8Array>,
    options: { overwrite?: boolean; signal?: AbortSignal | undefined } = {},
  ): Promise<number> {
    const { overwrite = true, ...rest } = options;
    const create = overwrite ? 'replace' : 'new';
    await using file = await this.open(path, { ...rest, access: 'write', create });
    return await file.writeAll(content, rest);
  }

  mkdir(path: string): Promise<void> {
    return mutate.mkdir(this, path);
  }

  /** Renames or moves within the share; with `replace` over an existing file. */
  rename(from: string, to: string, options: { replace?: boolean } = {}): Promise<void> {
    return mutate.rename(this, from, to, options);
  }

  remove(path: string): Promise<void> {
    return mutate.remove(this, path, 'file');
  }

  removeDirectory(path: string): Promise<void> {
    return mutate.remove(this, path, 'directory');
  }

  setTimes(path: string, times: FileTimes): Promise<void> {
    return mutate.setTimes(this, path, times);
  }

  truncate(path: string, size: number): Promise<void> {
    return mutate.truncate(this, path, size);
  }

  /** Watches a directory: see `watch.ts`. Begins at once; `armed` tells when nothing is missed. */
  watch(path = '', options: WatchOptions = {}): Watch {
    return new Watch({ tree: this }, path, options);
  }

  /** One request; resolves with its answer when its status is SUCCESS or one of `accept`. */
  async request(
    request: OutgoingRequest,
    options: RequestOptions & { accept?: readonly number[]; path?: string } = {},
  ): Promise<SmbMessage> {
    const [answer] = await this.exchange([request], options);
    const { status } = answer!;
    if (status === Status.SUCCESS || options.accept?.includes(status) === true) return answer!;
    throw errorForStatus(status, commandName(request.command), options.path);
  }

  /** Several requests as one related compound; resolves with all answers, whatever status. */
  exchange(
    requests: readonly OutgoingRequest[],
    options: RequestOptions = {},
  ): Promise<SmbMessage[]> {
    if (this.#closed !== undefined) return Promise.reject(this.#closedError());
    return this.session.exchangeOn(requests, this.#onTree(options));
  }

  /** The same with a callback. */
  submit(requests: readonly OutgoingRequest[], options: RequestOptions, outcome: Outcome): void {
    if (this.#closed === undefined) {
      this.session.submitOn(requests, this.#onTree(options), outcome);
    } else outcome(this.#closedError(), []);
  }

  /** Ends what lives here, then disconnects. Never throws; bounded by the close time-out. */
  close(): Promise<void> {
    this.#closed ??= this.#disconnect();
    return this.#closed;
  }

  async #disconnect(): Promise<void> {
    const { mux } = this;
    const reason = mux.end ?? this.#closedError();
    const handles: Buffer[] = [];
    for (const resident of [...this.residents]) {
      const { handle } = resident;
      if (handle !== undefined) handles.push(handle);
      resident.treeEnded(reason);
    }
    this.session.trees.delete(this);
    if (mux.end !== undefined) return;
    // Behind the TREE_DISCONNECT it would only be refused.
    const { security } = this.session;
    const isHere = (of: RequestOptions): boolean =>
      of.session === security && of.treeId === this.treeId;
    mux.withdraw(isHere, this.#closedError());
    const atOnce = Math.min(SMB_DEFAULTS.closesPerCompound, mux.credits.affordable);
    const closes: Promise<void>[] = [];
    for (let from = 0; from < handles.length; from += atOnce) {
      closes.push(this.#finally(handles.slice(from, from + atOnce).map(closeRequest)));
    }
    await Promise.all(closes);
    await this.#finally([{ command: Command.TREE_DISCONNECT, body: encodeEmptyBody() }]);
  }

  /** Whatever comes of it: the server forgets all of it with the session at the latest. */
  #finally(requests: readonly OutgoingRequest[]): Promise<void> {
    const timeoutMs = this.mux.settings.closeTimeoutMs;
    return new Promise((resolve) => {
      const options = this.#onTree({ lane: 'urgent', timeoutMs, unrelated: true });
      this.session.submitOn(requests, options, () => resolve());
    });
  }

  #onTree(options: RequestOptions): RequestOptions {
    return { ...options, session: this.session.security, treeId: this.treeId, seal: this.seal };
  }

  #closedError(): SmbError {
    return new SmbError('closed', `The share ${this.share} was disconnected`);
  }
}

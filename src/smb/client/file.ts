import { SMB_DEFAULTS } from '../defaults.ts';
import { gather } from '../net/byte-parts.ts';
import { SmbError } from '../smb-error.ts';
import { errorForStatus, Status } from '../status.ts';
import { Access, CreateOption, Disposition, FileAttribute, Share } from '../wire/create.ts';
import type { CreateResponse } from '../wire/create.ts';
import { encodeFlushRequest } from '../wire/flush.ts';
import { Command } from '../wire/header.ts';
import { assertWhole } from './arguments.ts';
import type { FileContext, TreeContext, TreeResident } from './contexts.ts';
import { entryOfOpen } from './entry.ts';
import type { Entry } from './entry.ts';
import { closeRequest, openHandle } from './opens.ts';
import { baseName } from './path.ts';
import { readData, readRequest } from './read-data.ts';
import { readStream } from './read-stream.ts';
import type { ReadStreamOptions } from './read-stream.ts';
import { writeAll } from './write-stream.ts';

export interface OpenOptions {
  /** Default `read`. */
  readonly access?: 'read' | 'write' | 'readwrite';
  /** `never` (default), `new` (fails when it exists), `open` (or create), `replace` (emptied). */
  readonly create?: 'never' | 'new' | 'open' | 'replace';
  /**
   * What others may do meanwhile: `all` (default), or only `read`. When somebody has it open for more
   * already, or does not share it with us, that is a `sharing_violation`.
   */
  readonly share?: 'all' | 'read';
  readonly signal?: AbortSignal | undefined;
}

const { READ_ATTRIBUTES, READ_DATA, SYNCHRONIZE, WRITE_ATTRIBUTES } = Access;
const READ = READ_DATA | READ_ATTRIBUTES | SYNCHRONIZE;
const WRITE =
  Access.WRITE_DATA | Access.APPEND_DATA | WRITE_ATTRIBUTES | READ_ATTRIBUTES | SYNCHRONIZE;
const ACCESS = { read: READ, write: WRITE, readwrite: READ | WRITE } as const;

const DISPOSITIONS = {
  never: Disposition.OPEN,
  new: Disposition.CREATE,
  open: Disposition.OPEN_IF,
  replace: Disposition.OVERWRITE_IF,
} as const;

const SHARES = { all: Share.ALL, read: Share.READ } as const;

/** An open file. Others may read, write, rename and delete it meanwhile, unless told otherwise. */
export class SmbFile implements FileContext, TreeResident {
  readonly tree: TreeContext;
  readonly path: string;
  readonly fileId: Buffer;
  /** As of the open. */
  readonly entry: Entry;
  #ended: SmbError | undefined;

  private constructor(tree: TreeContext, path: string, opened: CreateResponse) {
    this.tree = tree;
    this.path = path;
    this.fileId = opened.fileId;
    this.entry = entryOfOpen(baseName(path), opened);
    tree.residents.add(this);
  }

  static async open(tree: TreeContext, path: string, options: OpenOptions = {}): Promise<SmbFile> {
    const { access = 'read', create = 'never', share = 'all', signal } = options;
    const parameters = {
      access: ACCESS[access],
      options: CreateOption.NON_DIRECTORY_FILE,
      disposition: DISPOSITIONS[create],
      share: SHARES[share],
      attributes: create === 'never' ? 0 : FileAttribute.NORMAL,
      wantFileId: true,
    };
    return new SmbFile(tree, path, await openHandle(tree, path, parameters, { signal }));
  }

  /** Bytes, as of the open. */
  get size(): number {
    return this.entry.size;
  }

  /** `length` bytes from `offset`, fewer only at the end of the file. */
  async read(
    offset: number,
    length: number,
    options: { signal?: AbortSignal | undefined } = {},
  ): Promise<Buffer> {
    const parts: Buffer[] = [];
    let have = 0;
    while (have < length) {
      const range = { offset: offset + have, length: Math.min(length - have, this.chunkBytes) };
      const piece = await this.readOnce(range, options);
      if (piece.length === 0) break;
      parts.push(piece);
      have += piece.length;
    }
    return gather(parts);
  }

  /** One READ: the bytes as they came, maybe fewer than asked; none at the end of the file. */
  async readOnce(
    range: { offset: number; length: number },
    options: { signal?: AbortSignal | undefined } = {},
  ): Promise<Buffer> {
    this.#assertOpen();
    assertWhole('The offset to read at', range.offset);
    const length = Math.min(range.length, this.chunkBytes);
    const request = readRequest(this.fileId, { offset: range.offset, length });
    const lane = 'bulk';
    const [answer] = await this.tree.exchange([request], { signal: options.signal, lane });
    const { status } = answer!;
    if (status === Status.END_OF_FILE) return Buffer.alloc(0);
    if (status !== Status.SUCCESS) throw errorForStatus(status, 'READ', this.path);
    const data = readData(answer!);
    if (data.length > length) {
      throw new SmbError('protocol_error', 'An answer to READ holds more than was asked for');
    }
    return data;
  }

  /** The bytes from `start` to `end` (default all there were at the open), several reads ahead. */
  readStream(options: ReadStreamOptions = {}): AsyncGenerator<Buffer, void, undefined> {
    return readStream(this, options);
  }

  /** Writes everything from `offset` on, several writes in flight; gives the number of bytes. */
  async writeAll(
    content: Uint8Array | AsyncIterable<Uint8Array>,
    options: { offset?: number; signal?: AbortSignal | undefined } = {},
  ): Promise<number> {
    this.#assertOpen();
    return writeAll(this, content, options);
  }

  /** Waits until the server has what was written on its disk. */
  async flush(): Promise<void> {
    this.#assertOpen();
    const body = encodeFlushRequest({ fileId: this.fileId });
    await this.tree.request({ command: Command.FLUSH, body }, { path: this.path });
  }

  /** The most bytes for one READ or WRITE now. */
  get chunkBytes(): number {
    const { mux } = this.tree;
    const { transferChunkBytes } = SMB_DEFAULTS;
    return mux.affordableBytes(Math.min(transferChunkBytes, mux.maxRead, mux.maxWrite));
  }

  /** Never throws: a handle whose link is gone is closed already. */
  async close(): Promise<void> {
    if (this.#ended !== undefined) return;
    this.treeEnded(new SmbError('closed', `${this.path} was closed`, { path: this.path }));
    await new Promise<void>((resolve) => {
      this.tree.submit([closeRequest(this.fileId)], { lane: 'urgent' }, () => resolve());
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get handle(): Buffer | undefined {
    return this.#ended === undefined ? this.fileId : undefined;
  }

  treeEnded(reason: SmbError): void {
    this.#ended ??= reason;
    this.tree.residents.delete(this);
  }

  #assertOpen(): void {
    if (this.#ended !== undefined) throw this.#ended;
  }
}

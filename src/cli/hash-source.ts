import { TidewatchError } from '../errors/tidewatch-error.ts';
import { imohashFile, imohashFromWindows, imohashSize, imohashWindows } from '../imohash/index.ts';
import type { ByteRange } from '../imohash/index.ts';
import type { Location, SmbLocation } from '../app/location.ts';
import { openBucket } from '../app/open-bucket.ts';
import type { S3Storage } from '../app/open-bucket.ts';
import type { S3Location } from '../app/s3-location.ts';
import type { CommandContext } from './context.ts';
import { logonKey } from './logon.ts';
import type { Logon } from './logon.ts';
import { openShare } from './share.ts';
import type { OpenShare } from './share.ts';

export interface Hashed {
  /** 32 lower-case hexadecimal digits. */
  readonly hash: string;
  /** Bytes. */
  readonly size: number;
}

/** Hashes files wherever they are, over one connection for each share or bucket. */
export class HashSource {
  readonly #logon: Logon;
  readonly #signal: AbortSignal;
  readonly #env: CommandContext['env'];
  readonly #shares = new Map<string, Promise<OpenShare>>();
  readonly #buckets = new Map<string, S3Storage>();

  constructor(logon: Logon, { env, signal }: Pick<CommandContext, 'env' | 'signal'>) {
    this.#logon = logon;
    this.#signal = signal;
    this.#env = env;
  }

  async hash(location: Location): Promise<Hashed> {
    if (location.type === 'smb') return this.#hashRemote(location);
    if (location.type === 's3') return this.#hashObject(location);
    const hash = await imohashFile(location.path);
    return { hash, size: imohashSize(hash) };
  }

  /** Closes every connection; never throws. */
  async close(): Promise<void> {
    for (const bucket of this.#buckets.values()) bucket.close();
    const shares = await Promise.allSettled(this.#shares.values());
    await Promise.all(
      shares.map(async (share) => {
        if (share.status === 'fulfilled') await share.value.close();
      }),
    );
  }

  /** One round trip for the size, which tells where the samples are, and one for the samples. */
  async #hashRemote(location: SmbLocation): Promise<Hashed> {
    const { tree } = await this.#share(location);
    const signal = this.#signal;
    const { kind, size } = await tree.stat(location.path, { signal });
    if (kind === 'directory') {
      throw new TidewatchError('is_a_directory', 'this is a directory');
    }
    const windows = imohashWindows(size);
    const options = { expectedSize: size, signal };
    const pieces = windows.map(inPieces);
    const { ranges } = await tree.readRanges(location.path, pieces.flat(), options);
    const contents = pieces.map((parts) => joined(ranges.splice(0, parts.length)));
    return { hash: imohashFromWindows(size, contents), size };
  }

  /** The same of an object; the samples are of the version whose size was told, or it fails. */
  async #hashObject(location: S3Location): Promise<Hashed> {
    const bucket = this.#bucket(location);
    const signal = this.#signal;
    const version = await bucket.describe(location.path, { signal });
    const windows = imohashWindows(version.size);
    const { chunks } = await bucket.readRanges(location.path, windows, { version, signal });
    return { hash: imohashFromWindows(version.size, chunks), size: version.size };
  }

  #bucket(location: S3Location): S3Storage {
    const { bucket, endpoint, pathStyle, region } = location;
    const key = JSON.stringify([bucket, endpoint, pathStyle, region]);
    let open = this.#buckets.get(key);
    if (open === undefined) {
      open = openBucket(location, this.#env);
      this.#buckets.set(key, open);
    }
    return open;
  }

  #share(location: SmbLocation): Promise<OpenShare> {
    const key = `${logonKey(location)} ${location.password ?? ''} ${location.share.toLowerCase()}`;
    let share = this.#shares.get(key);
    if (share === undefined) {
      share = openShare(location, this.#logon, this.#signal);
      this.#shares.set(key, share);
    }
    return share;
  }
}

/** The most that a server of any dialect lets be read at once. */
const PIECE = 65_536;

/** A window as ranges that any server can give: only a file hashed whole needs more than one. */
function inPieces({ offset, length }: ByteRange): ByteRange[] {
  const pieces: ByteRange[] = [];
  for (let at = 0; at < length; at += PIECE) {
    pieces.push({ offset: offset + at, length: Math.min(PIECE, length - at) });
  }
  return pieces;
}

function joined(parts: readonly Buffer[]): Buffer {
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
}

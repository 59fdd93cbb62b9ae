import { TidewatchError } from '../errors/tidewatch-error.ts';
import { imohashFile, imohashFromWindows, imohashSize, imohashWindows } from '../imohash/index.ts';
import type { Location, SmbLocation } from './location.ts';
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

/** Hashes files wherever they are, over one connection for each share. */
export class HashSource {
  readonly #logon: Logon;
  readonly #signal: AbortSignal;
  readonly #shares = new Map<string, Promise<OpenShare>>();

  constructor(logon: Logon, signal: AbortSignal) {
    this.#logon = logon;
    this.#signal = signal;
  }

  async hash(location: Location): Promise<Hashed> {
    if (location.type === 'smb') return this.#hashRemote(location);
    const hash = await imohashFile(location.path);
    return { hash, size: imohashSize(hash) };
  }

  /** Closes every connection; never throws. */
  async close(): Promise<void> {
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
    const { ranges } = await tree.readRanges(location.path, windows, options);
    return { hash: imohashFromWindows(size, ranges), size };
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

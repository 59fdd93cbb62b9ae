import { SMB_DEFAULTS } from '../defaults.ts';
import { SmbError } from '../smb-error.ts';
import { CompletionFilter } from '../wire/change-notify.ts';
import type { Change } from './rename-joiner.ts';

export type FilterName = Lowercase<keyof typeof CompletionFilter>;

export interface WatchOptions {
  /**
   * Report changes below subdirectories too, as far as the server does: Windows reports all, Samba
   * only what clients do to names, no writes and nothing that happens on the server itself.
   */
  readonly recursive?: boolean;
  /** What to report. The default has what Samba needs to report local writes. */
  readonly filter?: readonly FilterName[];
  /** Room for records in one answer, in bytes; more than fits becomes a rescan. */
  readonly bufferSize?: number;
  /** Ends the watch. */
  readonly signal?: AbortSignal | undefined;
  /** Requests pending at once: 2 for servers that forget what happens between two. */
  readonly pipeline?: 1 | 2;
  /** Is called instead of being iterated over, which is impossible then: lighter for thousands. */
  readonly listener?: WatchListener;
}

/**
 * Who is called about a watch, from within the connection: be quick. `ended` comes at most once and as
 * the last; none comes after `close`, and none before the watch has been returned.
 */
export interface WatchListener {
  /** The directory is open but not watched yet. */
  opened?(): void;
  /** What changes from now on is told: list now. No event comes before. */
  armed?(): void;
  event(event: WatchEvent): void;
  /** It failed, was aborted, or its share, session or connection was closed. */
  ended(reason: SmbError): void;
}

/**
 * Why something may have been missed: `overflow` (more changes than the server keeps), `malformed`
 * (records that make no sense), `slow_consumer` (more changes than this watch holds).
 */
export type RescanReason = 'overflow' | 'malformed' | 'slow_consumer';

/** Either what changed, or that the directory has to be listed again. Never silence. */
export type WatchEvent =
  | { readonly type: 'changes'; readonly changes: Change[] }
  | { readonly type: 'rescan'; readonly reason: RescanReason };

/** The bits of a completion filter. Throws `invalid_argument` for names it does not know. */
export function filterBits(names: readonly FilterName[] = SMB_DEFAULTS.notifyFilter): number {
  let bits = 0;
  for (const name of names) {
    const bit = BITS.get(name);
    if (bit === undefined) {
      const known = [...BITS.keys()].join(', ');
      throw new SmbError('invalid_argument', `Unknown filter ${name}; known: ${known}`);
    }
    bits |= bit;
  }
  // Without any bit the server would accept the watch and never report anything.
  if (bits === 0) throw new SmbError('invalid_argument', 'A watch needs at least one filter');
  return bits;
}

const BITS: ReadonlyMap<string, number> = new Map(
  Object.entries(CompletionFilter).map(([name, bit]) => [name.toLowerCase(), bit]),
);

import type { Change, WatchEvent } from '../../src/app/index.ts';
import type { CommandLine } from './command-line.ts';

/** Reads the lines of `watch --json` until one of the given type; gives that line. */
export async function nextOfType<T extends WatchEvent['type']>(
  watching: CommandLine,
  type: T,
): Promise<WatchEvent & { type: T }> {
  const lines = await watching.until<WatchEvent>((line) => line.type === type);
  return lines.at(-1) as WatchEvent & { type: T };
}

/** Reads the lines of `watch --json` until it is in a state; gives that line. */
export async function nextState(
  watching: CommandLine,
  state: string,
): Promise<WatchEvent & { type: 'state' }> {
  const lines = await watching.until<WatchEvent>(
    (line) => line.type === 'state' && line.state === state,
  );
  return lines.at(-1) as WatchEvent & { type: 'state' };
}

/** Collects the changes that `watch --json` prints until one is accepted. */
export async function changesUntil(
  watching: CommandLine,
  accept: (change: Change) => boolean,
): Promise<Change[]> {
  const lines = await watching.until<WatchEvent>(
    (line) => line.type === 'change' && line.changes.some(accept),
  );
  return lines.flatMap((line) => (line.type === 'change' ? line.changes : []));
}

import type { ChangeLine, WatchLine } from '../../src/cli/watch-lines.ts';
import type { CommandLine } from './command-line.ts';

/** Reads the lines of `watch --json` until one of the given type; gives that line. */
export async function nextOfType<T extends WatchLine['type']>(
  watching: CommandLine,
  type: T,
): Promise<WatchLine & { type: T }> {
  const lines = await watching.until<WatchLine>((line) => line.type === type);
  return lines.at(-1) as WatchLine & { type: T };
}

/** Collects the changes that `watch --json` prints until one is accepted. */
export async function changesUntil(
  watching: CommandLine,
  accept: (change: ChangeLine) => boolean,
): Promise<ChangeLine[]> {
  const lines = await watching.until<WatchLine>(
    (line) => line.type === 'change' && line.changes.some(accept),
  );
  return lines.flatMap((line) => (line.type === 'change' ? line.changes : []));
}

import type { Change } from '../../src/actors/watch-events.ts';

export interface ModelEntry {
  readonly isDirectory: boolean;
  /** Bytes; 0 of a directory. */
  readonly size: number;
}

/** What stands in a directory, by path relative to it, `/` between the names. */
export type Model = Map<string, ModelEntry>;

/**
 * What a reader makes of a change. An entry that is told without kind or size is looked up as a reader
 * would; what is gone by then is left out, since that will be told as well.
 */
export function applyChange(
  model: Model,
  change: Change,
  lookUp: (path: string) => ModelEntry | undefined,
): void {
  const { action, path, old_path: oldPath } = change;
  if (action === 'removed') {
    forget(model, path);
    return;
  }
  if (action === 'renamed' && oldPath !== undefined) move(model, oldPath, path);
  if (path === '') return;
  const entry = entryOf(change) ?? lookUp(path);
  if (entry === undefined) return;
  // A file in the place of a directory has nothing below it.
  if (!entry.isDirectory && model.get(path)?.isDirectory === true) forget(model, path);
  model.set(path, entry);
}

function entryOf({ kind, size }: Change): ModelEntry | undefined {
  if (kind === 'directory') return { isDirectory: true, size: 0 };
  return kind === undefined || size === undefined ? undefined : { isDirectory: false, size };
}

function forget(model: Model, path: string): void {
  for (const known of [...model.keys()]) if (isAtOrBelow(known, path)) model.delete(known);
}

function move(model: Model, from: string, to: string): void {
  const moved = [...model].filter(([known]) => isAtOrBelow(known, from));
  for (const [known] of moved) model.delete(known);
  if (moved.length > 0) forget(model, to);
  for (const [known, entry] of moved) model.set(to + known.slice(from.length), entry);
}

function isAtOrBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}

/** The names of the directory itself. */
export function topOf(model: Model): Model {
  return new Map([...model].filter(([path]) => !path.includes('/')));
}

/** What one has and the other has not, or has otherwise; for people. */
export function differences(told: Model, real: Model): string[] {
  const found: string[] = [];
  for (const path of new Set([...told.keys(), ...real.keys()])) {
    const [one, other] = [told.get(path), real.get(path)];
    if (one?.isDirectory === other?.isDirectory && one?.size === other?.size) continue;
    found.push(`${path}: told ${describe(one)}, is ${describe(other)}`);
  }
  return found.sort();
}

function describe(entry: ModelEntry | undefined): string {
  if (entry === undefined) return 'nothing';
  return entry.isDirectory ? 'a directory' : `${entry.size} bytes`;
}

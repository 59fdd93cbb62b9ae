import type { Change } from '../../src/actors/watch-events.ts';
import type { Model } from './model.ts';

/** What has to be told so that a reader who knew the one knows the other. */
export function differencesAsChanges(before: Model, after: Model): Change[] {
  const changes: Change[] = [];
  for (const [path, { isDirectory }] of before) {
    const now = after.get(path);
    if (now === undefined || now.isDirectory !== isDirectory) {
      changes.push({ action: 'removed', path });
    }
  }
  for (const [path, { isDirectory, size }] of after) {
    const then = before.get(path);
    const kind = isDirectory ? 'directory' : 'file';
    if (then === undefined || then.isDirectory !== isDirectory) {
      changes.push({ action: 'added', path, kind, size });
    } else if (then.size !== size) changes.push({ action: 'modified', path, kind, size });
  }
  return changes;
}

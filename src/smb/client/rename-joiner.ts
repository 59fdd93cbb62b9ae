import { NotifyAction } from '../wire/notify-records.ts';
import type { NotifyRecord } from '../wire/notify-records.ts';
import { fromWirePath } from './path.ts';

/** One change below a watched directory. Paths use `/` and are relative to it; '' is itself. */
export interface Change {
  readonly action: 'added' | 'removed' | 'modified' | 'renamed';
  readonly path: string;
  /** Only of `renamed`. */
  readonly oldPath?: string;
}

/**
 * Turns notify records into changes and joins the two halves of a rename, also when they come in
 * two answers, as the server may cut between them. Half a rename at the end is held back until
 * `feed` brings the other half or `flush` gives up on it: then it was a removal.
 */
export class RenameJoiner {
  #held: string | undefined;

  /** The old name whose new name has not come yet. */
  get holding(): boolean {
    return this.#held !== undefined;
  }

  /** Undefined when a record has an action that no document names: nobody knows what it means. */
  feed(records: readonly NotifyRecord[]): Change[] | undefined {
    const changes: Change[] = [];
    for (const { action, name } of records) {
      const path = fromWirePath(name);
      if (action === NotifyAction.RENAMED_NEW_NAME) {
        changes.push(this.#join(path));
        continue;
      }
      changes.push(...this.flush());
      if (action === NotifyAction.RENAMED_OLD_NAME) {
        this.#held = path;
        continue;
      }
      const change = simpleChange(action, path);
      if (change === undefined) return undefined;
      changes.push(change);
    }
    return changes;
  }

  /** The other half did not come: the name is gone. */
  flush(): Change[] {
    if (this.#held === undefined) return [];
    const path = this.#held;
    this.#held = undefined;
    return [{ action: 'removed', path }];
  }

  #join(path: string): Change {
    const oldPath = this.#held;
    this.#held = undefined;
    return oldPath === undefined ? { action: 'added', path } : { action: 'renamed', path, oldPath };
  }
}

function simpleChange(action: number, path: string): Change | undefined {
  switch (action) {
    case NotifyAction.ADDED:
      return { action: 'added', path };
    case NotifyAction.REMOVED:
    case NotifyAction.REMOVED_BY_DELETE:
      return { action: 'removed', path };
    case NotifyAction.MODIFIED:
    case NotifyAction.ID_NOT_TUNNELLED:
    case NotifyAction.TUNNELLED_ID_COLLISION:
      return { action: 'modified', path };
    case NotifyAction.ADDED_STREAM:
    case NotifyAction.REMOVED_STREAM:
    case NotifyAction.MODIFIED_STREAM:
      // `file:stream:$DATA`: whatever happens to a stream, it is the file that changed.
      return { action: 'modified', path: path.split(':', 1)[0] ?? path };
    default:
      return undefined;
  }
}

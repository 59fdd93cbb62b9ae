/** A program that uses `tidewatch/machines`, to be type-checked where it is installed. */
export const USE_MACHINES = `
  import { createActor, initialTransition } from 'xstate';
  import { DEFAULT_RETRY, smbConnection, STATE_WORDS, statePath, watchedDirectory } from 'tidewatch/machines';
  import type { ConnectionEffects, DirectoryEffects, DirectoryEvent, WatchState } from 'tidewatch/machines';
  export function runDirectory(effects: DirectoryEffects): WatchState | undefined {
    const input = { effects, retry: DEFAULT_RETRY, stopOnDelete: false };
    const actor = createActor(watchedDirectory, { input }).start();
    actor.send({ type: 'LOSS', reason: 'overflow' } satisfies DirectoryEvent);
    // @ts-expect-error: an unknown event is a mistake that the declarations find
    actor.send({ type: 'LOST_AND_FOUND' });
    const attempt: number = actor.getSnapshot().context.attempt;
    return STATE_WORDS[statePath(actor.getSnapshot().value)]?.[attempt];
  }
  export function beginConnection(effects: ConnectionEffects): string {
    const [snapshot] = initialTransition(smbConnection, { effects, retry: DEFAULT_RETRY });
    return statePath(snapshot.value);
  }`;

/** One that runs a chart, and prints where that led and what the chart asked for. */
export const RUN_MACHINE = `
  import { DEFAULT_RETRY, statePath, watchedDirectory } from 'tidewatch/machines';
  import { createActor } from 'xstate';
  const calls = [];
  const effects = new Proxy({}, { get: (_, name) => () => calls.push(name) });
  const input = { effects, retry: DEFAULT_RETRY, stopOnDelete: false };
  const actor = createActor(watchedDirectory, { input }).start();
  for (const type of ['START', 'LINK_READY', 'TREE_CONNECTED', 'OPENED', 'ARMED']) actor.send({ type });
  console.log(statePath(actor.getSnapshot().value), calls.join());
`;

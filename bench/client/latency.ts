import { subscribe } from 'node:diagnostics_channel';
import type { SmbTree, Watch } from '../../src/smb/index.ts';
import { watchedPath } from '../support/data.ts';
import { percentile } from '../support/statistics.ts';
import type { Workplace } from './main.ts';
import type { Results } from './protocol.ts';

const CHANGE_NOTIFY = 15;
/** Not counted: the code is still being compiled. */
const WARM_UP_EVENTS = 200;

/** When the frame of each answer to a watch was complete, until its event has come out. */
const arrivals: number[] = [];

function observeArrivals(): void {
  let at = 0;
  subscribe('tidewatch:smb:frame', (message) => {
    at = (message as { at: number }).at;
  });
  subscribe('tidewatch:smb:receive', (message) => {
    const { command, status } = message as { command: number; status: number };
    if (command === CHANGE_NOTIFY && status === 0) arrivals.push(at);
  });
}

/**
 * Watches `count` directories. The caller creates files whose names tell the time, in microseconds
 * since 1970. In milliseconds: `p50` and `p99` from the arrival of an answer to its event out of the
 * iterator, `changeP50` and `changeP99` from the change itself.
 */
export async function latency({ job, trees: [tree], mark, told }: Workplace): Promise<Results> {
  const { count = 1 } = job;
  const fromArrival: number[] = [];
  const fromChange: number[] = [];
  const follow = async (watch: Watch): Promise<void> => {
    for await (const event of watch) {
      const now = performance.now();
      const arrivedAt = arrivals.shift();
      if (arrivedAt !== undefined) fromArrival.push(now - arrivedAt);
      if (event.type !== 'changes') continue;
      const created = event.changes.filter(({ action }) => action === 'added');
      for (const { path } of created) {
        fromChange.push(performance.timeOrigin + now - Number(path) / 1000);
      }
    }
  };
  const watches = await arm(tree!, count);
  observeArrivals();
  const followers = watches.map(follow);
  const told1 = told();
  mark('begin');
  await told1;
  mark('end');
  await Promise.all(watches.map((watch) => watch.close()));
  await Promise.all(followers);
  return {
    samples: fromArrival.length,
    changes: fromChange.length,
    p50: percentile(fromArrival.slice(WARM_UP_EVENTS), 0.5),
    p99: percentile(fromArrival.slice(WARM_UP_EVENTS), 0.99),
    changeP50: percentile(fromChange.slice(WARM_UP_EVENTS), 0.5),
    changeP99: percentile(fromChange.slice(WARM_UP_EVENTS), 0.99),
  };
}

/** Watches so many directories; resolves when the server watches them all. */
export async function arm(tree: SmbTree, count: number): Promise<Watch[]> {
  const watches = Array.from({ length: count }, (_, i) => tree.watch(watchedPath(i)));
  await Promise.all(watches.map((watch) => watch.armed));
  return watches;
}

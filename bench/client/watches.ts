import { setTimeout as delay } from 'node:timers/promises';
import type { Watch } from '../../src/smb/index.ts';
import { arm } from './latency.ts';
import type { Workplace } from './main.ts';
import type { Results } from './protocol.ts';

const WARM_UP_WATCHES = 2_000;
/** Long enough for the server to have tidied up, and for our own garbage to be gone. */
const SETTLE_MS = 1000;

interface Memory {
  readonly heap: number;
  readonly external: number;
}

/**
 * Arms `count` watches, each with a reader that waits for its first event, then does nothing for
 * `idleSeconds`. Gives `heapEach` and `externalEach` in bytes, external being memory of buffers.
 */
export async function watches({ job, trees: [tree], mark }: Workplace): Promise<Results> {
  const { count = 1, idleSeconds = 20 } = job;
  const first = await arm(tree!, WARM_UP_WATCHES);
  await endAll(first, first.map(follow));
  await delay(SETTLE_MS);
  const before = settledMemory();
  mark('begin');
  const armed = await arm(tree!, count);
  mark('end');
  const readers = armed.map(follow);
  await delay(SETTLE_MS);
  const after = settledMemory();
  mark('idle begins');
  await delay(idleSeconds * 1000);
  mark('idle ends');
  await endAll(armed, readers);
  return {
    units: count,
    heapEach: (after.heap - before.heap) / count,
    externalEach: (after.external - before.external) / count,
  };
}

async function endAll(
  watched: readonly Watch[],
  readers: readonly Promise<number>[],
): Promise<void> {
  await Promise.all(watched.map((watch) => watch.close()));
  await Promise.all(readers);
}

async function follow(watch: Watch): Promise<number> {
  let events = 0;
  for await (const event of watch) events += event.type === 'changes' ? event.changes.length : 1;
  return events;
}

/** After collecting all garbage twice: buffers go with the second collection only. */
function settledMemory(): Memory {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('needs node --expose-gc');
  gc();
  gc();
  const { heapUsed, external } = process.memoryUsage();
  return { heap: heapUsed, external };
}

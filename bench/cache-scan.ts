/** A cold scan of 10,101 directories: by a directory cache, and one directory at a time. */
import { startSamba } from '../test/servers/samba.ts';
import type { SambaServer } from '../test/servers/samba.ts';
import { startFaultProxy } from '../test/servers/tcp-fault-proxy.ts';
import { runAsProgram } from './support/benchmark.ts';
import type { BenchmarkOptions } from './support/benchmark.ts';
import { benchData, TREE } from './support/data.ts';
import type { Figure } from './support/figures.ts';
import { measured } from './support/measured.ts';
import { compare, runRounds } from './support/rounds.ts';
import type { Run } from './support/rounds.ts';
import { logonOf } from './support/runtime-worker.ts';
import { startWorker } from './support/worker.ts';
import type { CacheScanCalls, CacheScanStart } from './workers/cache-scan.ts';

const UNIT = 'directories';
/** What a packet takes each way in an office, or over Wi-Fi. */
const DELAY_MS = 1;

export async function cacheScan(options: BenchmarkOptions): Promise<Figure[]> {
  const server = await startSamba({ sharePath: benchData('tree') });
  const proxy = await startFaultProxy({ targetPort: server.port });
  proxy.delay(DELAY_MS);
  try {
    const run =
      (how: keyof CacheScanCalls, extra: Partial<CacheScanStart & { atOnce: number }> = {}) =>
      (): Promise<Run> =>
        scan(server, how, { ...logonOf(server), path: TREE.path, ...extra });
    const contestants = {
      cache: run('cache'),
      'one by one': run('oneByOne'),
      'cache, afar': run('cache', { port: proxy.port }),
      'one at a time, afar': run('cache', { port: proxy.port, atOnce: 1 }),
    };
    const runs = await runRounds(server, contestants, options, UNIT);
    const figure = 'cold scan of a cache';
    return [
      compare({
        ...{ figure, unit: UNIT, connections: 1, mustReach: 3 },
        peer: 'one directory and one request at a time',
        ours: runs.cache,
        theirs: runs['one by one'],
      }),
      compare({
        ...{ figure: `${figure}, ${DELAY_MS} ms away`, unit: UNIT, connections: 1, mustReach: 3 },
        peer: 'the same, one directory at a time',
        ours: runs['cache, afar'],
        theirs: runs['one at a time, afar'],
      }),
    ];
  } finally {
    await proxy.close();
    await server.stop();
  }
}

async function scan(
  server: SambaServer,
  how: keyof CacheScanCalls,
  start: CacheScanStart & { readonly atOnce?: number },
): Promise<Run> {
  const worker = startWorker('cache-scan');
  try {
    const { result, load } = await measured(server, worker, () => worker.call(how, start));
    // The top itself is one of them.
    if (result !== TREE.directories - 1) {
      throw new Error(`a scan has ${result} directories instead of ${TREE.directories - 1}`);
    }
    return { rate: result / load.seconds, load };
  } finally {
    await worker.stop();
  }
}

if (import.meta.main) await runAsProgram(cacheScan);

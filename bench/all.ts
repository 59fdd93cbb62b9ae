/** Runs all benchmarks, or those named on the command line, and prints one table. */
import { directoryCacheMemory } from './directory-cache-memory.ts';
import { directorySearch } from './directory-search.ts';
import { cacheScan } from './cache-scan.ts';
import { fanOut } from './fan-out.ts';
import { flatListing } from './flat-listing.ts';
import { imohash } from './imohash.ts';
import { isolatedConnections } from './isolated-connections.ts';
import { manyWatches } from './many-watches.ts';
import { notifyLatency } from './notify-latency.ts';
import { recovery } from './recovery.ts';
import { recursiveListing } from './recursive-listing.ts';
import { sequentialRead } from './sequential-read.ts';
import { serverStart } from './server-start.ts';
import { subscribeCost } from './subscribe-cost.ts';
import { subscriptionMemory } from './subscription-memory.ts';
import { printMachine, readOptions } from './support/benchmark.ts';
import type { Benchmark } from './support/benchmark.ts';
import { printFigures } from './support/figures.ts';
import type { Figure } from './support/figures.ts';
import { websocketLatency } from './websocket-latency.ts';

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  'recursive-listing': recursiveListing,
  'flat-listing': flatListing,
  'sequential-read': sequentialRead,
  imohash,
  'notify-latency': notifyLatency,
  'many-watches': manyWatches,
  'websocket-latency': websocketLatency,
  'fan-out': fanOut,
  'subscribe-cost': subscribeCost,
  'subscription-memory': subscriptionMemory,
  recovery,
  'cache-scan': cacheScan,
  'isolated-connections': isolatedConnections,
  'directory-search': directorySearch,
  'directory-cache-memory': directoryCacheMemory,
  'server-start': serverStart,
};

const options = readOptions();
const names = options.names.length > 0 ? options.names : Object.keys(BENCHMARKS);
const unknown = names.filter((name) => !Object.hasOwn(BENCHMARKS, name));
if (unknown.length > 0) {
  console.error(`No such benchmark: ${unknown.join(', ')}`);
  console.error(`There are ${Object.keys(BENCHMARKS).join(', ')}`);
  process.exit(2);
}

const figures: Figure[] = [];
for (const name of names) {
  console.log(name);
  figures.push(...(await BENCHMARKS[name]!(options)));
}
console.log('');
printMachine();
printFigures(figures);

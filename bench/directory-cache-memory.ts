/** Memory of a cache of 1,000,000 directories, beside an array of their paths as strings. */
import { runAsProgram } from './support/benchmark.ts';
import type { BenchmarkOptions } from './support/benchmark.ts';
import type { Load } from './support/cpu.ts';
import type { Figure } from './support/figures.ts';
import { NO_SERVER, measured } from './support/measured.ts';
import { formatNumber } from './support/table.ts';
import { startWorker } from './support/worker.ts';
import type { DirectoryMemoryCalls, Names, TreeBytes } from './workers/directory-memory.ts';

const COUNT = 1_000_000;
const MOST_BYTES = 60;
const MOST_SHARE = 1 / 3;
const MOST_SEARCH_BYTES = 100;

export async function directoryCacheMemory(_options: BenchmarkOptions): Promise<Figure[]> {
  const company = { count: COUNT, names: 'company' } as const;
  const strings = await inProcess('strings', company);
  const tree = await treeBytes('company', false);
  const ids = await treeBytes('company', true);
  const distinct = await treeBytes('distinct', false);
  const { load } = strings;
  const share = tree.counted / strings.result;
  const what = '1,000,000 directories';
  for (const [name, each] of Object.entries({
    tree,
    'with file ids': ids,
    'all names differ': distinct,
  })) {
    console.log(
      `  ${name}: ${formatNumber(each.counted)} B, with search ${formatNumber(each.withSearch)} B, ` +
        `resident ${formatNumber(each.resident)} B`,
    );
  }
  return [
    {
      ...{ figure: `${what}: memory each`, peer: 'array of strings', load, limit: '-' },
      ours: `${formatNumber(tree.counted)} B`,
      theirs: `${formatNumber(strings.result)} B`,
      ratio: formatNumber(share),
      mustReach: '≤ 0.333',
      reached: share <= MOST_SHARE,
    },
    most(`${what}: memory each`, tree.counted, MOST_BYTES, load),
    most(`${what}: memory each, every name another`, distinct.counted, MOST_BYTES, load),
    most(`${what}: for searching besides`, tree.withSearch - tree.counted, MOST_SEARCH_BYTES, load),
    most(`${what}: resident each, with searching`, tree.resident, MOST_BYTES, load),
  ];
}

async function treeBytes(names: Names, fileIds: boolean): Promise<TreeBytes> {
  return (await inProcess('tree', { count: COUNT, names, fileIds })).result;
}

async function inProcess<Name extends keyof DirectoryMemoryCalls>(
  name: Name,
  ...argument: Parameters<DirectoryMemoryCalls[Name]>
): Promise<{
  readonly result: Awaited<ReturnType<DirectoryMemoryCalls[Name]>>;
  readonly load: Load;
}> {
  const worker = startWorker('directory-memory');
  try {
    return await measured(NO_SERVER, worker, () => worker.call(name, ...argument));
  } finally {
    await worker.stop();
  }
}

function most(figure: string, bytes: number, limit: number, load: Load): Figure {
  return {
    ...{ figure, peer: '-', theirs: '-', load, limit: '-', ours: `${formatNumber(bytes)} B` },
    ratio: `${formatNumber(bytes)} B`,
    mustReach: `≤ ${limit} B`,
    reached: bytes <= limit,
  };
}

if (import.meta.main) await runAsProgram(directoryCacheMemory);

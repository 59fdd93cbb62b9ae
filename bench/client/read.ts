import type { SmbTree } from '../../src/smb/index.ts';
import { BIG } from '../support/data.ts';
import type { Workplace } from './main.ts';
import type { Results } from './protocol.ts';

const WARM_UP_BYTES = 64 * 1024 * 1024;

/** Reads the large file from front to back; `units` are bytes. */
export async function read({ trees: [tree], mark }: Workplace): Promise<Results> {
  await readTo(tree!, WARM_UP_BYTES);
  mark('begin');
  const units = await readTo(tree!, BIG.bytes);
  mark('end');
  return { units };
}

async function readTo(tree: SmbTree, end: number): Promise<number> {
  let bytes = 0;
  await using file = await tree.open(BIG.path);
  for await (const part of file.readStream({ end, recycle: true })) bytes += part.length;
  return bytes;
}

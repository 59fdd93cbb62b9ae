import { BIG } from '../support/data.ts';
import type { Workplace } from './main.ts';
import type { Results } from './protocol.ts';

/** Reads the large file from front to back; `units` are bytes. */
export async function read({ trees: [tree], mark }: Workplace): Promise<Results> {
  let units = 0;
  mark('begin');
  await using file = await tree!.open(BIG.path);
  for await (const bytes of file.readStream()) units += bytes.length;
  mark('end');
  return { units };
}

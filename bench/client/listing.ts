import { walk } from '../../src/smb/index.ts';
import { FLAT, TREE } from '../support/data.ts';
import type { Workplace } from './main.ts';
import type { Results } from './protocol.ts';

/** A hundredth of the tree. */
const WARM_UP = `${TREE.path}/a00`;

/** Lists the tree over all connections; `units` are entries. */
export async function walkAll({ trees, mark }: Workplace): Promise<Results> {
  let units = 0;
  let directories = 0;
  for await (const { error } of walk(trees, WARM_UP)) if (error !== undefined) throw error;
  mark('begin');
  for await (const { entries } of walk(trees, TREE.path)) {
    units += entries.length;
    directories += 1;
  }
  mark('end');
  return { units, directories };
}

/** Lists one large directory; `units` are entries. */
export async function flat({ trees: [tree], mark }: Workplace): Promise<Results> {
  let units = 0;
  mark('begin');
  for await (const page of tree!.list(FLAT.path)) units += page.length;
  mark('end');
  return { units };
}

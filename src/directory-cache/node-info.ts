import * as bit from './entry.ts';
import { ID_BITS } from './entry.ts';
import type { NameTable } from './name-table.ts';
import type { NodeColumns } from './node-columns.ts';
import type { NodeInfo } from './tree-types.ts';

export function infoOf(nodes: NodeColumns, names: NameTable, id: number): NodeInfo {
  const bits = nodes.name.data[id]!;
  return {
    name: names.text(bits & ID_BITS),
    kind: bits & bit.IS_FILE ? 'file' : 'directory',
    hidden: (bits & bit.IS_HIDDEN) !== 0,
    system: (bits & bit.IS_SYSTEM) !== 0,
    link: (bits & bit.IS_LINK) !== 0,
    stale: (nodes.parent.data[id]! & bit.IS_STALE) !== 0,
  };
}

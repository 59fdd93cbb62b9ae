import elk from 'elkjs/lib/elk.bundled.js';
import type { ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api.js';
import type { Chart, ChartEdge, ChartNode } from './charts-model.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Something with a place on the page; in pixels from its upper left corner. */
export interface PlacedNode extends Point {
  readonly node: ChartNode;
  readonly width: number;
  readonly height: number;
}

export interface PlacedEdge {
  readonly edge: ChartEdge;
  readonly points: readonly Point[];
  /** Upper left corner of its words. */
  readonly label: Point | undefined;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Outer ones before those within. */
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

/** A monospaced font, so that every machine agrees on how wide a text is. */
export const FONT = { size: 11, width: 6.7, line: 15, title: 18, padding: 8 } as const;

const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.randomSeed': '1',
  'elk.json.edgeCoords': 'ROOT',
  'elk.json.shapeCoords': 'ROOT',
  'elk.edgeLabels.placement': 'CENTER',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.cycleBreaking.strategy': 'DEPTH_FIRST',
  'elk.spacing.nodeNode': '28',
  'elk.spacing.edgeNode': '16',
  'elk.spacing.edgeEdge': '12',
  'elk.spacing.edgeLabel': '6',
  'elk.layered.spacing.nodeNodeBetweenLayers': '28',
  'elk.layered.spacing.edgeNodeBetweenLayers': '16',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '12',
  'elk.layered.thoroughness': '40',
  'elk.padding': '[top=12,left=12,bottom=12,right=12]',
};

/** Finds a place for everything; the same chart always gets the same places. */
export async function layOut({ root, edges }: Chart): Promise<Layout> {
  const graph: ElkNode = {
    id: 'page',
    children: [toElk(root)],
    edges: edges.map(({ from, to, lines }, index) => ({
      id: `edge-${index}`,
      sources: [from],
      targets: [to],
      ...(lines.length > 0 && { labels: [{ text: lines.join('\n'), ...sizeOf(lines) }] }),
    })),
  };
  const Elk = elk as unknown as new () => { layout(graph: ElkNode, how: object): Promise<ElkNode> };
  const placed = await new Elk().layout(graph, { layoutOptions: OPTIONS });
  const chartNodes = new Map(flatten(root).map((node) => [node.id, node]));
  const nodes = flattenElk(placed).flatMap((one) => {
    const node = chartNodes.get(one.id);
    return node === undefined ? [] : [{ node, ...cornerOf(one), ...extentOf(one) }];
  });
  return {
    ...extentOf(placed),
    nodes,
    edges: (placed.edges ?? []).map((one, index) => placeEdge(one, edges[index]!)),
  };
}

/** The space that lines of text take. */
export function sizeOf(lines: readonly string[]): { width: number; height: number } {
  const longest = Math.max(...lines.map((line) => line.length));
  return { width: Math.ceil(longest * FONT.width) + 6, height: lines.length * FONT.line + 2 };
}

function toElk(node: ChartNode): ElkNode {
  const { id, kind, title, lines, children } = node;
  if (kind === 'initial') return { id, width: 12, height: 12 };
  const text = sizeOf([title, ...lines]);
  const width = Math.max(56, text.width + 2 * FONT.padding);
  const top = FONT.title + lines.length * FONT.line + FONT.padding;
  if (children.length === 0) return { id, width, height: top + (lines.length > 0 ? 6 : 2) };
  return {
    id,
    children: children.map(toElk),
    layoutOptions: {
      'elk.padding': `[top=${top + 14},left=18,bottom=18,right=18]`,
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      'elk.nodeSize.minimum': `(${width},${top})`,
    },
  };
}

function placeEdge(placed: ElkExtendedEdge, edge: ChartEdge): PlacedEdge {
  const [section] = placed.sections ?? [];
  const points =
    section === undefined
      ? []
      : [section.startPoint, ...(section.bendPoints ?? []), section.endPoint].map(cornerOf);
  const [label] = placed.labels ?? [];
  return { edge, points, label: label && cornerOf(label) };
}

function flatten(node: ChartNode): ChartNode[] {
  return [node, ...node.children.flatMap(flatten)];
}

function flattenElk(node: ElkNode): ElkNode[] {
  return [node, ...(node.children ?? []).flatMap(flattenElk)];
}

function cornerOf({ x = 0, y = 0 }: { x?: number; y?: number }): Point {
  return { x: Math.round(x), y: Math.round(y) };
}

function extentOf({ width = 0, height = 0 }: ElkNode): { width: number; height: number } {
  return { width: Math.round(width), height: Math.round(height) };
}

import type { ChartNode } from './charts-model.ts';
import { FONT, sizeOf } from './charts-layout.ts';
import type { Layout, PlacedEdge, PlacedNode } from './charts-layout.ts';

/** Colours by what they are for: on a light page, and on a dark one. */
const STYLE = `
text { font: ${FONT.size}px 'DejaVu Sans Mono', Menlo, Consolas, monospace; fill: #1f2328; white-space: pre; }
.title { font-weight: bold; }
.page { fill: #ffffff; }
.box { fill: #f6f8fa; stroke: #59636e; }
.state { fill: #ffffff; stroke: #0969da; stroke-width: 1.5; }
.event { fill: #fff8c5; stroke: #9a6700; }
.any { fill: #ffffff; stroke: #59636e; stroke-dasharray: 3 3; }
.arrow { fill: none; stroke: #59636e; }
.head, .dot { fill: #59636e; }
.inside { fill: #f6f8fa; opacity: 0.9; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .page, .any { fill: #0d1117; }
  .inside { fill: #151b23; }
  .box { fill: #151b23; stroke: #9198a1; }
  .state { fill: #0d1117; stroke: #4493f8; }
  .event { fill: #272115; stroke: #d29922; }
  .any { stroke: #9198a1; }
  .arrow { stroke: #9198a1; }
  .head, .dot { fill: #9198a1; }
}`;

/** The chart as a picture whose text is text, for light and dark pages. */
export function drawSvg(layout: Layout, title: string): string {
  const { width, height, nodes, edges } = layout;
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="${escape(title)}">`,
    `<title>${escape(title)}</title>`,
    `<style>${STYLE}\n</style>`,
    '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">',
    '<path class="head" d="M0 0L8 4L0 8z"/></marker></defs>',
    `<rect class="page" width="${width}" height="${height}"/>`,
    ...nodes.map(drawFrame),
    ...edges.map(drawArrow),
    ...nodes.flatMap(drawWords),
    ...edges.flatMap(drawLabel),
    '</svg>',
    '',
  ].join('\n');
}

const CLASSES: Readonly<Record<ChartNode['kind'], string>> = {
  state: 'state',
  final: 'state',
  group: 'box',
  event: 'event',
  any: 'any',
  initial: 'dot',
};

function drawFrame({ node: { kind }, x, y, width, height }: PlacedNode): string {
  if (kind === 'initial') return `<circle class="dot" cx="${x + 6}" cy="${y + 6}" r="6"/>`;
  const radius = kind === 'event' || kind === 'any' ? 12 : 6;
  const frame = (by: number): string =>
    `<rect class="${CLASSES[kind]}" x="${x + by}" y="${y + by}" width="${width - 2 * by}" ` +
    `height="${height - 2 * by}" rx="${radius}"/>`;
  return kind === 'final' ? [frame(0), frame(3)].join('\n') : frame(0);
}

function drawWords({ node: { kind, title, lines }, x, y }: PlacedNode): string[] {
  if (kind === 'initial') return [];
  const left = x + FONT.padding + 2;
  const first = `<text class="title" x="${left}" y="${y + FONT.title}">${escape(title)}</text>`;
  const top = y + FONT.title + 4;
  // Arrows to what is within pass through the words of a group.
  const behind =
    kind === 'group' && lines.length > 0 ? [drawBehind('inside', left, top, lines)] : [];
  return [...behind, first, ...drawLines(left, top, lines)];
}

function drawBehind(style: string, x: number, y: number, lines: readonly string[]): string {
  const { width, height } = sizeOf(lines);
  return `<rect class="${style}" x="${x - 2}" y="${y + 2}" width="${width}" height="${height}"/>`;
}

function drawLines(x: number, y: number, lines: readonly string[]): string[] {
  return lines.map((line, index) => {
    const bottom = y + (index + 1) * FONT.line;
    return `<text x="${x}" y="${bottom}" xml:space="preserve">${escape(line)}</text>`;
  });
}

function drawArrow({ points }: PlacedEdge): string {
  const path = points.map(({ x, y }) => `${x},${y}`).join(' ');
  return `<polyline class="arrow" points="${path}" marker-end="url(#head)"/>`;
}

function drawLabel({ edge: { lines }, label }: PlacedEdge): string[] {
  if (label === undefined) return [];
  const [left, top] = [label.x + 3, label.y - 3];
  return [drawBehind('inside', left, top, lines), ...drawLines(left, top, lines)];
}

function escape(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

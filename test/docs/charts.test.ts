import { beforeAll, describe, expect, it } from 'vitest';
import { CHARTED } from '../../scripts/docs/charts.ts';
import { layOut, sizeOf } from '../../scripts/docs/charts-layout.ts';
import type { Layout } from '../../scripts/docs/charts-layout.ts';
import { chartOf } from '../../scripts/docs/charts-model.ts';
import { drawSvg } from '../../scripts/docs/charts-svg.ts';
import { leavesOf } from '../support/chart-walk.ts';

interface Area {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function overlap(one: Area, other: Area): boolean {
  return (
    one.x < other.x + other.width &&
    other.x < one.x + one.width &&
    one.y < other.y + other.height &&
    other.y < one.y + one.height
  );
}

describe.each(CHARTED.map((charted) => ({ id: charted.machine.id, charted })))(
  'the picture of $id',
  ({ charted }) => {
    let layout: Layout;
    let svg: string;
    beforeAll(async () => {
      layout = await layOut(chartOf(charted.machine));
      svg = drawSvg(layout, charted.title);
    });

    it('has words that lie neither on each other nor on a state', () => {
      const { nodes, edges } = layout;
      const boxes: Area[] = nodes
        .filter(({ node }) => node.children.length === 0)
        .map(({ node, ...area }) => ({ name: node.id, ...area }));
      const words: Area[] = edges.flatMap(({ edge, label }) =>
        label === undefined ? [] : [{ name: edge.lines[0] ?? '', ...label, ...sizeOf(edge.lines) }],
      );
      const all = [...words, ...boxes];
      const collisions = words.flatMap((one) =>
        all
          .filter((other) => other !== one && overlap(one, other))
          .map((other) => `${one.name} on ${other.name}`),
      );
      expect(collisions).toEqual([]);
      expect(words.length).toBeGreaterThan(20);
    });

    it('names every state, event, guard and action of the machine', () => {
      const { machine } = charted;
      const { guards, actions } = machine.implementations;
      const states = leavesOf(machine).flatMap((leaf) => leaf.split('.'));
      const events = machine.events as readonly string[];
      const names = [...states, ...events, ...Object.keys(guards), ...Object.keys(actions)];
      expect(names.filter((name) => !svg.includes(name))).toEqual([]);
    });

    it('draws every arrow', () => {
      expect(layout.edges.filter(({ points }) => points.length < 2)).toEqual([]);
    });
  },
);

import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';

/** A box of a chart, or a mark where arrows meet. */
export interface ChartNode {
  readonly id: string;
  readonly kind: 'state' | 'group' | 'final' | 'initial' | 'any' | 'event';
  readonly title: string;
  /** What happens inside: on the way in and out, and at events that lead nowhere else. */
  readonly lines: readonly string[];
  readonly children: ChartNode[];
}

export interface ChartEdge {
  readonly from: string;
  readonly to: string;
  /** One line for each transition. */
  readonly lines: string[];
}

export interface Chart {
  readonly root: ChartNode;
  readonly edges: readonly ChartEdge[];
}

/** What follows on one event in one state: its branches, in the order in which they are tried. */
interface Reaction {
  readonly state: AnyStateNode;
  readonly event: string;
  readonly branches: readonly AnyTransitionDefinition[];
}

/** Longest line of a box, and of the words on an arrow, in characters. */
const BOX_LINE = 40;
const ARROW_LINE = 26;
/** So many states that go the same single way at an event share a mark; with several ways two do. */
const ALIKE = 4;

/**
 * A state chart as boxes and arrows. Arrows between the same two states are one; what several states do
 * alike at an event meets in a mark of that event; what starts anywhere in a state and stays in it
 * starts at a mark in that state.
 */
export function chartOf(machine: AnyStateMachine): Chart {
  const edges = new Map<string, ChartEdge>();
  const connect: Connect = (from, to, line) => {
    const key = `${from} > ${to}`;
    const edge = edges.get(key) ?? { from, to, lines: [] };
    edges.set(key, edge);
    if (line !== undefined) edge.lines.push(...wrap(line, ARROW_LINE));
  };
  const shared = [
    ...Map.groupBy(reactionsOf(machine.root), ({ event, branches }) =>
      [event, ...branches.map((branch) => describeBranch(branch))].join('\n'),
    ).values(),
  ];
  const marked = shared.filter(([{ branches } = { branches: [] }, ...others]) =>
    branches.length > 1 ? others.length > 0 : others.length + 1 >= ALIKE,
  );
  const single = shared.filter((alike) => !marked.includes(alike)).flat();
  const leading = single.flatMap(({ state, branches }) =>
    branches.filter(({ target }) => target?.includes(state) === false),
  );
  const drawn = new Set([...leading, ...marked.flat().flatMap(({ branches }) => branches)]);
  const root = boxOf(machine.root, drawn, connect);
  for (const { state, branches } of single) {
    for (const branch of branches.filter((one) => drawn.has(one))) {
      const [target = state] = branch.target ?? [];
      connect(sourceOf(root, state, target), target.id, transitionLine(branch));
    }
  }
  for (const [index, alike] of marked.entries()) {
    const [{ event, branches } = { event: '', branches: [] }] = alike;
    const mark = `${machine.id}:mark-${index}`;
    root.children.push({ id: mark, kind: 'event', title: event, lines: [], children: [] });
    for (const { state } of alike) connect(sourceOf(root, state, undefined), mark);
    for (const branch of branches) {
      const [target = machine.root] = branch.target ?? [];
      connect(mark, target.id, afterEvent(branch, branches.length));
    }
  }
  return { root, edges: [...edges.values()] };
}

type Connect = (from: string, to: string, line?: string) => void;

/** Everything that leads to a state; what leads nowhere stands in the box. */
function reactionsOf(node: AnyStateNode): Reaction[] {
  const own = [...node.transitions].map(([event, all]) => ({
    state: node,
    event,
    branches: (all as AnyTransitionDefinition[]).filter(({ target }) => target !== undefined),
  }));
  const below = Object.values(node.states).flatMap(reactionsOf);
  return [...own.filter(({ branches }) => branches.length > 0), ...below];
}

function boxOf(
  node: AnyStateNode,
  drawn: ReadonlySet<AnyTransitionDefinition>,
  connect: Connect,
): ChartNode {
  const children = Object.values(node.states).map((child) => boxOf(child, drawn, connect));
  const [initial] = children.length > 0 ? (node.initial.target ?? []) : [];
  if (initial !== undefined) {
    const mark = `${node.id}:initial`;
    children.unshift({ id: mark, kind: 'initial', title: '', lines: [], children: [] });
    connect(mark, initial.id);
  }
  const stays = [...node.transitions.values()].flat().filter((one) => !drawn.has(one));
  const lines = [
    ...(node.entry.length > 0 ? [`entry / ${namesOf(node.entry)}`] : []),
    ...(node.exit.length > 0 ? [`exit / ${namesOf(node.exit)}`] : []),
    ...stays.map((one) => transitionLine(one) + stayWord(one)),
  ];
  const kind = node.type === 'final' ? 'final' : children.length > 0 ? 'group' : 'state';
  return {
    id: node.id,
    kind,
    title: node.key,
    lines: lines.flatMap((line) => wrap(line, BOX_LINE)),
    children,
  };
}

function stayWord({ target, actions }: AnyTransitionDefinition): string {
  if (target !== undefined) return ' (enters anew)';
  return actions.length === 0 ? ' (ignored)' : '';
}

/** Where an arrow begins: at the state, or, if it stays within, at a mark inside it. */
function sourceOf(root: ChartNode, state: AnyStateNode, target: AnyStateNode | undefined): string {
  const staysWithin = target === undefined || target.id.startsWith(`${state.id}.`);
  const isRoot = state.parent === undefined;
  if (!isRoot && (!staysWithin || target === undefined)) return state.id;
  const box = find(root, state.id);
  const id = `${state.id}:any`;
  if (box !== undefined && !box.children.some((child) => child.id === id)) {
    const title = isRoot ? 'any state' : `any of ${state.key}`;
    box.children.push({ id, kind: 'any', title, lines: [], children: [] });
  }
  return id;
}

function find(node: ChartNode, id: string): ChartNode | undefined {
  if (node.id === id) return node;
  for (const child of node.children) {
    const found = find(child, id);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `FAILED [isGone] / noteFailure`. */
export function transitionLine({ eventType, guard, actions }: AnyTransitionDefinition): string {
  const when = guard === undefined ? '' : ` [${guard as string}]`;
  const what = actions.length === 0 ? '' : ` / ${namesOf(actions)}`;
  return `${eventType as string}${when}${what}`;
}

function afterEvent(
  { guard, actions }: AnyTransitionDefinition,
  branches: number,
): string | undefined {
  const otherwise = branches > 1 ? '[else]' : '';
  const when = guard === undefined ? otherwise : `[${guard as string}]`;
  const what = actions.length === 0 ? '' : `/ ${namesOf(actions)}`;
  return [when, what].filter((part) => part !== '').join(' ') || undefined;
}

function describeBranch(branch: AnyTransitionDefinition): string {
  return `${transitionLine(branch)} > ${(branch.target ?? []).map(({ id }) => id).join()}`;
}

function namesOf(actions: readonly unknown[]): string {
  return actions.map((action) => action as string).join(', ');
}

/** Breaks a long line where it has a space; what follows is indented. */
function wrap(text: string, limit: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > limit) {
      lines.push(line);
      line = `  ${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

import { initialTransition, transition } from 'xstate';
import type { AnyActorLogic, AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import type { EventFromLogic, ExecutableActionObject, InputFrom, SnapshotFrom } from 'xstate';
import { getAdjacencyMap, toDirectedGraph } from 'xstate/graph';
import type { DirectedGraphNode } from 'xstate/graph';
import { statePath } from '../../src/machines/state-words.ts';

/** What a chart did in one step: `open`, `schedule retry 1`, `tellResync overflow`. */
export type Call = string;

/** Effects that only write down what is asked for; failures by their code. */
export function recordEffects<Effects extends object>(
  names: readonly (keyof Effects)[],
  calls: Call[],
): Effects {
  const word = (value: unknown): string =>
    typeof value === 'object' ? (value as { code: string }).code : `${value as string | number}`;
  const recorded = names.map((name) => [
    name,
    (...args: unknown[]): void =>
      void calls.push([String(name), ...args.slice(0, 2).map(word)].join(' ')),
  ]);
  return Object.fromEntries(recorded) as Effects;
}

export interface ChartStep<Machine extends AnyStateMachine, World> {
  readonly event: EventFromLogic<Machine>;
  readonly before: SnapshotFrom<Machine>;
  readonly after: SnapshotFrom<Machine>;
  /** Leaf states, such as `watching.live`. */
  readonly from: string;
  readonly to: string;
  readonly calls: readonly Call[];
  /** What the outside was like before. */
  readonly world: World;
}

export interface WalkOptions<Machine extends AnyStateMachine, World> {
  readonly input: InputFrom<Machine>;
  /** Where the effects of the input write. */
  readonly calls: Call[];
  readonly events: readonly EventFromLogic<Machine>[];
  /** The part of the context that guards and actions read. */
  readonly keyOf: (snapshot: SnapshotFrom<Machine>) => string;
  readonly world: World;
  /** Whether the outside would send this event. */
  readonly allows: (
    world: World,
    event: EventFromLogic<Machine>,
    snapshot: SnapshotFrom<Machine>,
  ) => boolean;
  /** The outside after a step, and what was wrong with it. */
  readonly observe: (step: ChartStep<Machine, World>) => {
    readonly world: World;
    readonly faults: readonly string[];
  };
}

interface Taken {
  readonly event: never;
  readonly state: unknown;
}

interface Visit<Machine extends AnyStateMachine, World> {
  readonly chart: SnapshotFrom<Machine>;
  readonly world: World;
  readonly path: readonly string[];
  readonly calls: readonly Call[];
  readonly faults: readonly string[];
}

export interface Walk<Machine extends AnyStateMachine, World> {
  readonly steps: readonly ChartStep<Machine, World>[];
  /** Each with the shortest way to it. */
  readonly faults: readonly string[];
}

/** Takes every event in every state that can be reached, of the chart and the outside together. */
export function walk<Machine extends AnyStateMachine, World>(
  machine: Machine,
  options: WalkOptions<Machine, World>,
): Walk<Machine, World> {
  type Event = EventFromLogic<Machine>;
  const { calls, keyOf, allows, observe } = options;
  const perform = (actions: readonly object[]): readonly Call[] => {
    calls.length = 0;
    for (const action of actions as ExecutableActionObject[]) {
      action.exec?.(action.info, action.params);
    }
    return [...calls];
  };
  const stepFrom = (visit: Visit<Machine, World>, event: Event): ChartStep<Machine, World> => {
    const [after, actions] = transition(machine, visit.chart, event);
    return {
      event,
      before: visit.chart,
      after,
      from: leafOf(visit.chart),
      to: leafOf(after),
      calls: perform(actions),
      world: visit.world,
    };
  };
  const [first, actions] = initialTransition<AnyStateMachine>(machine, options.input);
  const initial: Visit<Machine, World> = {
    chart: first as SnapshotFrom<Machine>,
    world: options.world,
    path: [],
    calls: perform(actions),
    faults: [],
  };
  const logic = {
    getInitialSnapshot: () => initial,
    transition: (visit: Visit<Machine, World>, event: Event): Visit<Machine, World> => {
      const step = stepFrom(visit, event);
      const path = [...visit.path, JSON.stringify(event)];
      const { world, faults } = observe(step);
      const where = `${path.join(' ')} -> ${step.to}`;
      return {
        chart: step.after,
        world,
        path,
        calls: step.calls,
        faults: faults.map((fault) => `${fault}: ${where}`),
      };
    },
  };
  const reached = getAdjacencyMap(logic as unknown as AnyActorLogic, {
    events: options.events,
    serializeState: (snapshot) => {
      const { chart, world } = snapshot as unknown as Visit<Machine, World>;
      return `${leafOf(chart)} ${keyOf(chart)} ${JSON.stringify(world)}`;
    },
    filterEvents: (snapshot, event) => {
      const { chart, world } = snapshot as unknown as Visit<Machine, World>;
      const { status } = chart as SnapshotFrom<AnyStateMachine>;
      return status === 'active' && allows(world, event as Event, chart);
    },
    limit: 500_000,
  });
  const steps: ChartStep<Machine, World>[] = [];
  const faults = new Set<string>();
  for (const { state, transitions } of Object.values(reached)) {
    const all: readonly Taken[] = Object.values(transitions as Record<string, Taken>);
    for (const taken of all) {
      steps.push(stepFrom(state as never, taken.event));
      const { faults: found } = taken.state as Visit<Machine, World>;
      for (const fault of found) faults.add(fault);
    }
  }
  return { steps, faults: [...faults] };
}

export function leafOf(snapshot: { value: unknown }): string {
  return statePath(snapshot.value);
}

/**
 * Every transition of every state, with those that a state inherits, as lines such as
 * `watching.live: FAILED [isGone] -> deleted`. Those that a more specific one always forestalls are left out.
 */
export function declaredTransitions(
  machine: AnyStateMachine,
): Map<string, AnyTransitionDefinition> {
  const lines = new Map<string, AnyTransitionDefinition>();
  const visit = (node: DirectedGraphNode, inherited: readonly AnyTransitionDefinition[]): void => {
    const own = [...new Set(node.edges.map(({ transition: taken }) => taken))];
    const all = [...own, ...inherited];
    for (const child of node.children) visit(child, all);
    if (node.children.length > 0 || node.stateNode.type === 'final') return;
    const settled = new Set<string>();
    for (const candidate of all) {
      if (settled.has(candidate.eventType as string)) continue;
      lines.set(lineOf(node.stateNode.path.join('.'), candidate), candidate);
      if (candidate.guard === undefined) settled.add(candidate.eventType as string);
    }
  };
  visit(toDirectedGraph(machine), []);
  return lines;
}

export function takenTransitions<Machine extends AnyStateMachine>(
  machine: Machine,
  steps: readonly Pick<ChartStep<Machine, unknown>, 'before' | 'event' | 'from'>[],
): Set<string> {
  const lines = new Set<string>();
  for (const { before, event, from } of steps) {
    for (const taken of machine.getTransitionData(before as never, event)) {
      lines.add(lineOf(from, taken));
    }
  }
  return lines;
}

function lineOf(state: string, { eventType, guard, target }: AnyTransitionDefinition): string {
  const when = guard === undefined ? '' : ` [${guard as string}]`;
  const targets = target?.map(({ path }) => path.join('.')) ?? ['itself'];
  return `${state}: ${eventType}${when} -> ${targets.join(', ')}`;
}

/** Timers that a leaf state may have running: those that it, or a state around it, sets. */
export function timersOf(machine: AnyStateMachine, leaf: string): Set<string> {
  const timers: string[] = [];
  let node: AnyStateNode | undefined = machine.root;
  for (const key of leaf.split('.')) {
    node = node?.states[key];
    for (const action of node?.entry ?? []) timers.push(...timersIn(action));
  }
  return new Set(timers);
}

/** `slow-retry` for the action `scheduleSlowRetry`. */
export function timersIn(action: unknown, verb = 'schedule'): string[] {
  const name = String(action);
  if (!name.startsWith(verb)) return [];
  return [
    name
      .slice(verb.length)
      .replace(/(?<!^)[A-Z]/g, (letter) => `-${letter}`)
      .toLowerCase(),
  ];
}

/** Timers that run after some calls, sorted. */
export function timersAfter(running: readonly string[], calls: readonly Call[]): readonly string[] {
  const timers = new Set(running);
  for (const call of calls) {
    const [verb, timer = ''] = call.split(' ');
    if (verb === 'schedule') timers.add(timer);
    if (verb === 'cancel') timers.delete(timer);
  }
  return [...timers].sort();
}

/** The states of a chart that have none within, such as `watching.live`. */
export function leavesOf(machine: AnyStateMachine): string[] {
  const below = (node: AnyStateNode): string[] => {
    const children = Object.values(node.states);
    return children.length === 0 ? [node.path.join('.')] : children.flatMap(below);
  };
  return below(machine.root);
}

import { redact } from './redact.ts';

/** The version of the protocol of @statelyai/inspect that is spoken. */
const PROTOCOL_VERSION = '0.7.2';

/** What is looked at of an XState actor reference; everything may be missing. */
export interface InspectedRef {
  readonly id?: string;
  readonly sessionId?: string;
  readonly _parent?: InspectedRef;
  readonly logic?: { readonly config?: object };
  readonly getSnapshot?: () => unknown;
}

/** Definitions by machine: thousands of actors share a few. */
const definitions = new WeakMap<object, string>();

/** `parentId`: of an actor that has its parent only in the eyes of the runtime. */
export function actorMessage(id: string, ref: InspectedRef, parentId?: string): string {
  return message('@xstate.actor', ref, {
    name: id,
    definition: definitionOf(ref),
    parentId: parentOf(ref)?.sessionId ?? parentId,
    snapshot: redact(ref.getSnapshot?.()),
  });
}

export function eventMessage(ref: InspectedRef, event: unknown): string {
  return message('@xstate.event', ref, { event: redact(event) });
}

export function snapshotMessage(ref: InspectedRef, snapshot: unknown, event: unknown): string {
  return message('@xstate.snapshot', ref, { event: redact(event), snapshot: redact(snapshot) });
}

/** `total` actors live that were asked for; only `announced` of them are told of. */
export function truncatedMessage(announced: number, total: number): string {
  return own('@tidewatch.truncated', { announced, total });
}

/** So many messages were left out because the inspector takes them too slowly. */
export function droppedMessage(count: number): string {
  return own('@tidewatch.dropped', { count });
}

function own(type: string, fields: object): string {
  const createdAt = Date.now().toString();
  return JSON.stringify({ type, ...fields, _version: PROTOCOL_VERSION, createdAt, id: null });
}

function message(type: string, ref: InspectedRef, fields: object): string {
  return JSON.stringify({
    type,
    ...fields,
    _version: PROTOCOL_VERSION,
    createdAt: Date.now().toString(),
    id: null,
    rootId: rootOf(ref).sessionId,
    sessionId: ref.sessionId,
  });
}

function rootOf(ref: InspectedRef): InspectedRef {
  let root = ref;
  for (;;) {
    const parent = parentOf(root);
    if (parent === undefined) return root;
    root = parent;
  }
}

function parentOf({ _parent: parent }: InspectedRef): InspectedRef | undefined {
  return parent;
}

function definitionOf({ id, logic }: InspectedRef): string {
  const config = logic?.config;
  if (config === undefined) return JSON.stringify({ id });
  let definition = definitions.get(config);
  if (definition === undefined) {
    definition = JSON.stringify(definitionValue(config));
    definitions.set(config, definition);
  }
  return definition;
}

/** A machine is code, not data: nothing in it is secret, and nested states may be deep. */
function definitionValue(config: object): unknown {
  const above = new Set<object>();
  const visit = (value: unknown): unknown => {
    if (typeof value === 'function') return { type: value.name };
    if (typeof value === 'bigint') return value.toString();
    if (typeof value !== 'object' || value === null) return value;
    if (above.has(value)) return '[circular]';
    above.add(value);
    const copy = Array.isArray(value)
      ? value.map(visit)
      : Object.fromEntries(Object.entries(value).map(([name, member]) => [name, visit(member)]));
    above.delete(value);
    return copy;
  };
  // Values that the machine starts with are data.
  const { context: _context, ...rest } = config as { context?: unknown };
  return visit(rest);
}

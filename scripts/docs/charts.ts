import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import type { DEFAULTS } from '../../src/defaults.ts';
import { CACHE_WORDS } from '../../src/machines/cache-state.ts';
import type { CacheTimer } from '../../src/machines/directory-cache-types.ts';
import { directoryCache } from '../../src/machines/directory-cache.ts';
import { smbConnection } from '../../src/machines/smb-connection.ts';
import type { ConnectionTimer } from '../../src/machines/smb-connection.ts';
import { STATE_WORDS } from '../../src/machines/state-words.ts';
import type { DirectoryTimer } from '../../src/machines/watched-directory-types.ts';
import { watchedDirectory } from '../../src/machines/watched-directory.ts';
import { ROOT } from '../root.ts';
import { layOut } from './charts-layout.ts';
import { chartOf } from './charts-model.ts';
import { drawSvg } from './charts-svg.ts';
import { GENERATED } from './generated.ts';

interface Timer {
  readonly limits: readonly (keyof typeof DEFAULTS)[];
  readonly words: string;
}

/** A machine that has a chart, and what its source does not say. */
export interface Charted {
  readonly machine: AnyStateMachine;
  readonly title: string;
  readonly source: string;
  /** Where its events and effects are explained. */
  readonly types: string;
  readonly timers: Readonly<Record<string, Timer>>;
}

const RETRY = ['retryBaseMs', 'retryFactor', 'retryCapMs', 'retryJitter', 'retryFloorMs'] as const;

const CONNECTION_TIMERS = {
  retry: {
    limits: [...RETRY, 'refusedRetryMs'],
    words: 'the retry policy; after a refusal `refusedRetryMs`',
  },
  probe: {
    limits: ['probeIntervalMs'],
    words: 'half of it to all of it; each probe takes `probeTimeoutMs` at most',
  },
  steady: { limits: ['retryResetMs'], words: 'then failures are forgotten' },
  linger: { limits: ['connectionLingerMs'], words: 'for those who come back' },
  expiry: { limits: ['renewBeforeMs'], words: 'so long before the session expires, if it does' },
} as const satisfies Record<ConnectionTimer, Timer>;

const DIRECTORY_TIMERS = {
  retry: { limits: RETRY, words: 'the retry policy' },
  'slow-retry': {
    limits: ['deletedRetryMs', 'deniedRetryMs', 'refusedRetryMs'],
    words: 'by what went wrong; three quarters of it to all of it',
  },
  rest: { limits: RETRY, words: 'the retry policy' },
  poll: {
    limits: ['pollMinMs', 'pollMaxMs'],
    words: 'the shortest after news, half as long again each time there are none; ± 10 %',
  },
  upgrade: { limits: ['upgradeIntervalMs'], words: '± 10 %' },
  verify: { limits: ['verifyIntervalMs'], words: 'four fifths of it to all of it' },
  steady: { limits: ['retryResetMs'], words: 'then failures are forgotten' },
} as const satisfies Record<DirectoryTimer, Timer>;

const CACHE_TIMERS = {
  retry: { limits: RETRY, words: 'the retry policy' },
  'slow-retry': {
    limits: ['deletedRetryMs', 'deniedRetryMs', 'refusedRetryMs'],
    words: 'by what went wrong; three quarters of it to all of it',
  },
  settle: {
    limits: ['cacheSettleMs', 'retryCapMs'],
    words: 'twice as long after each further loss, up to `retryCapMs`',
  },
  rescan: { limits: ['cacheRescanMs'], words: 'or the setting of the connection; ± 10 %' },
  sample: { limits: ['cacheSampleMs'], words: '± 10 %' },
  poll: { limits: ['cachePollMs'], words: '± 10 %; never less than the last scan took' },
  upgrade: { limits: ['upgradeIntervalMs'], words: '± 10 %' },
  steady: { limits: ['retryResetMs'], words: 'then failures are forgotten' },
} as const satisfies Record<CacheTimer, Timer>;

export const CHARTED: readonly Charted[] = [
  {
    machine: watchedDirectory,
    title: 'A watched directory',
    source: 'src/machines/watched-directory.ts',
    types: 'src/machines/watched-directory-types.ts',
    timers: DIRECTORY_TIMERS,
  },
  {
    machine: smbConnection,
    title: 'A connection',
    source: 'src/machines/smb-connection.ts',
    types: 'src/machines/smb-connection.ts',
    timers: CONNECTION_TIMERS,
  },
  {
    machine: directoryCache,
    title: 'A directory cache',
    source: 'src/machines/directory-cache.ts',
    types: 'src/machines/directory-cache-types.ts',
    timers: CACHE_TIMERS,
  },
];

export function chartPath({ machine }: Charted): string {
  return `docs/charts/${machine.id}.svg`;
}

export async function chartSvg({ machine, title }: Charted): Promise<string> {
  return drawSvg(await layOut(chartOf(machine)), `State chart: ${title.toLowerCase()}`);
}

/** The page of state charts: pictures, and what is in them as tables. */
export function chartsPage(): string {
  return [
    GENERATED,
    '',
    '# State charts',
    '',
    'How a watched directory, the connection it shares and a directory cache behave, as `src/machines`',
    'says and `tidewatch/machines` exports it: no I/O, no clock, no chance. An actor gives each chart its',
    'world: it does what the chart asks for (effects) and tells what comes of it (events). Tests walk',
    'every way through the charts.',
    '',
    'In the pictures a blue box is a state and a grey one a state with others inside; a dot marks where',
    'it begins. Arrows say `EVENT [guard] / actions`. A yellow mark is an event to which several states',
    'react alike; its guards are tried from the first to the last, as they stand in the source.',
    ...CHARTED.flatMap(section),
    '',
    '## Words for states',
    '',
    'What users see of a watched directory: in `state` events, on the WebSocket and in `GET /watches`.',
    'The first word holds until readers were told once that nothing is missed, the second after that.',
    '',
    '| state | word at first | word later |',
    '| --- | --- | --- |',
    ...Object.entries(STATE_WORDS).map(
      ([state, [first, later]]) => `| \`${state}\` | \`${first}\` | \`${later}\` |`,
    ),
    '',
    'What users see of a directory cache: in `cache_state` messages and in answers to a search. Which word',
    'it is depends on what the cache holds: nothing yet, part of a first scan, a snapshot that nobody has',
    'compared with the server, or all of it.',
    '',
    '| state | nothing | part | snapshot | all |',
    '| --- | --- | --- | --- | --- |',
    ...Object.entries(CACHE_WORDS).map(
      ([state, { nothing, part, snapshot, all }]) =>
        `| \`${state}\` | \`${nothing}\` | \`${part}\` | \`${snapshot}\` | \`${all}\` |`,
    ),
    '',
  ].join('\n');
}

function section(charted: Charted): string[] {
  const { machine, title, source, types, timers } = charted;
  const picture = `../charts/${machine.id}.svg`;
  const words = readFileSync(join(ROOT, types), 'utf8');
  const effects = commentsBefore(words, /^ {2}(\w+)\(.*\): void;/);
  const events = commentsBefore(words, /^ {2}\| \{ type: '(\w+)'/);
  const whatHappened = (event: string): string => {
    const comment = events.get(event) ?? '';
    return comment === '' ? comesOf(event, effects) : comment;
  };
  return [
    '',
    `## ${title}`,
    '',
    `${machine.root.description ?? ''} Source: \`${source}\`.`,
    '',
    `[![State chart](${picture})](${picture})`,
    '',
    '### States',
    '',
    '| state | what it is |',
    '| --- | --- |',
    ...statesOf(machine.root).map(
      (node) => `| \`${node.path.join('.')}\` | ${node.description ?? ''} |`,
    ),
    '',
    '### Events',
    '',
    '| event | what happened | heard in |',
    '| --- | --- | --- |',
    ...machine.events.map((event) => {
      const heard = statesOf(machine.root).filter((node) => node.ownEvents.includes(event));
      const own = machine.root.ownEvents.includes(event) ? ['any state'] : [];
      const states = [...own, ...heard.map((node) => `\`${node.path.join('.')}\``)];
      return `| \`${event as string}\` | ${whatHappened(event as string)} | ${states.join(', ')} |`;
    }),
    '',
    '### Effects',
    '',
    '| effect | what the actor does |',
    '| --- | --- |',
    ...[...effects].map(([name, what]) => `| \`${name}\` | ${what} |`),
    '',
    '### Timers',
    '',
    'Each runs only in the states that start it. The names are those of the [limits](defaults.md).',
    '',
    '| timer | started in | limits | how long |',
    '| --- | --- | --- | --- |',
    ...Object.entries(timers).map(([timer, { limits, words: howLong }]) => {
      const action = `schedule-${timer}`.replace(/-(\w)/g, (_, letter: string) =>
        letter.toUpperCase(),
      );
      const states = statesOf(machine.root).filter((node) => node.entry.includes(action as never));
      const names = states.map((node) => `\`${node.path.join('.')}\``).join(', ');
      return `| \`${timer}\` | ${names} | ${limits.map((one) => `\`${one}\``).join(', ')} | ${howLong} |`;
    }),
  ];
}

/** The effects that name an event as what comes of them. */
function comesOf(event: string, effects: ReadonlyMap<string, string>): string {
  const causes = [...effects].filter(([, what]) => what.includes(`\`${event}\``));
  return `Comes of ${causes.map(([name]) => `\`${name}\``).join(', ')}.`;
}

function statesOf(node: AnyStateNode): AnyStateNode[] {
  return Object.values(node.states).flatMap((child) => [child, ...statesOf(child)]);
}

/** What the comment above each matching line says; the pattern captures the name. */
function commentsBefore(source: string, line: RegExp): Map<string, string> {
  const comments = new Map<string, string>();
  let comment = '';
  let isOpen = false;
  for (const text of source.split('\n')) {
    const said = /^\s*\/?\*+\/?\s?(.*?)\s*(?:\*\/)?$/.exec(text);
    if (text.trimStart().startsWith('/**')) [comment, isOpen] = ['', true];
    if (isOpen && said !== null) comment = `${comment} ${said[1] ?? ''}`.trim();
    if (text.trimEnd().endsWith('*/')) isOpen = false;
    const name = line.exec(text)?.[1];
    if (name !== undefined) comments.set(name, comment.replaceAll('|', '\\|'));
    if (!isOpen && !text.trimEnd().endsWith('*/')) comment = '';
  }
  return comments;
}

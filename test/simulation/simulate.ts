import { chunksOf } from '../fake-server/faults.ts';
import { Prng } from './prng.ts';
import { Readers } from './readers.ts';
import { scheduleFrom } from './schedule.ts';
import type { Step } from './schedule.ts';
import type { ClientMaker, Protection } from './simulated-client.ts';
import { StepTaker } from './steps.ts';
import { World } from './world.ts';

/** What came of one schedule. */
export interface Outcome {
  readonly seed: number;
  /** What should not have been; empty when all is well. */
  readonly problems: readonly string[];
  /** SHA-256 over everything that happened: the same whenever the seed is. */
  readonly digest: string;
  /** Everything that happened, when it was to be kept. */
  readonly lines: readonly string[];
  /** Numbered events told to all readers. */
  readonly told: number;
  /** Milliseconds that passed in the simulation. */
  readonly virtualMs: number;
}

export interface SimulationOptions {
  /** Keeps the lines of the record. */
  readonly keep?: boolean;
  /** Another schedule than that of the seed. */
  readonly steps?: readonly Step[];
}

/** The longest that anything takes to heal: two verifications with jitter, and the longest backoff. */
const HEAL_MS = 25 * 60_000;
/** A rejected logon is tried again once an hour. */
const HEAL_REFUSED_MS = 80 * 60_000;
/** The longest time between two looks of who polls, and some for the look itself. */
const PROMPT_MS = 35_000;
/** Everything is closed well within this. */
const STOP_MS = 5_000;

/** Runs the schedule of a seed against a client, heals what is broken, and asks all readers. */
export async function simulate(
  seed: number,
  makeClient: ClientMaker,
  options: SimulationOptions = {},
): Promise<Outcome> {
  const prng = new Prng(seed);
  const protection = protectionOf(seed);
  const world = new World(hostOptions(prng.split('host'), protection), options.keep);
  plant(world, prng.split('tree'));
  const client = makeClient(world, { prng: prng.split('client'), protection });
  const readers = new Readers(world, client);
  const taker = new StepTaker(world, readers);
  const steps = options.steps ?? scheduleFrom(prng.split('schedule'));
  const problems: string[] = [];
  try {
    await client.start();
    for (const step of steps) await taker.take(step);
    world.heal();
    world.note('— healed');
    await world.advance(steps.some(needsAnHour) ? HEAL_REFUSED_MS : HEAL_MS);
    for (const reader of readers.all) problems.push(...reader.verdict());
    if (problems.length === 0 && !steps.some(isForgetful)) {
      problems.push(...(await askOnceMore(world, readers)));
    }
    readers.closeAll();
    await world.advance(STOP_MS);
    if (world.host.pendingNotifies.length > 0) {
      problems.push(`${world.host.pendingNotifies.length} watches stay with nobody subscribed`);
    }
    problems.push(...(await leftAfterStop(world, () => client.stop())));
  } catch (error) {
    problems.push(
      `threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  }
  const told = readers.all.reduce((sum, reader) => sum + reader.told, 0);
  const { lines, clock } = world;
  return { seed, problems, digest: world.digest(), lines, told, virtualMs: clock.now };
}

/** A change in each directory has to be told soon: whoever is `live` or `polling` is. */
async function askOnceMore(world: World, readers: Readers): Promise<string[]> {
  world.note('— once more');
  for (const { options } of readers.active) {
    world.host.local.write(`${options.path}/once more`, options.name);
  }
  await world.advance(PROMPT_MS);
  return readers.active.flatMap((reader) => reader.verdict().map((what) => `afterwards ${what}`));
}

/** A server that forgets a watch is not found out before something changes there. */
function isForgetful({ do: action }: Step): boolean {
  return action === 'forget-notifies';
}

/** Most seeds go without cryptography, which only takes time. */
function protectionOf(seed: number): Protection {
  if (seed % 20 === 0) return 'encrypted';
  return seed % 10 === 0 ? 'signed' : 'none';
}

function needsAnHour({ do: action }: Step): boolean {
  return action === 'change-password';
}

function hostOptions(prng: Prng, protection: Protection): ConstructorParameters<typeof World>[0] {
  const kind = prng.pick(['samba', 'windows'] as const);
  const isMute = prng.chance(0.05);
  const hasFewSlots = kind === 'windows' && prng.chance(0.2);
  const hasFewFiles = kind === 'samba' && prng.chance(0.1);
  const mostConnections = prng.chance(0.1) ? prng.between(3, 8) : undefined;
  const beyondConnections = prng.pick(['no_logon', 'refused'] as const);
  const chunks = prng.chance(0.1) ? prng.between(1, 100) : undefined;
  return {
    kind,
    ...(chunks !== undefined && { toClient: chunksOf(chunks) }),
    ...(mostConnections !== undefined && { maxConnections: mostConnections, beyondConnections }),
    server: {
      allowAnonymous: true,
      encryptSession: protection === 'encrypted',
      ...(isMute && { notify: 'not_supported' }),
      ...(hasFewSlots && { asyncSlots: prng.between(2, 5) }),
      // Enough for all that can be watched, on several connections.
      ...(hasFewFiles && { maxOpenFiles: prng.between(6, 20) }),
    },
  };
}

/** What stands there before anything happens. */
function plant({ host }: World, prng: Prng): void {
  for (const directory of ['a', 'a/b', 'a/b/c', 'd', 'e/Ä']) {
    if (prng.chance(0.8)) host.fileSystem.mkdir(directory);
  }
  for (const file of ['one', 'a/two', 'a/b/three', 'd/four', 'd/five', 'e/six']) {
    if (prng.chance(0.6)) host.fileSystem.writeFile(file, file);
  }
}

async function leftAfterStop(world: World, stop: () => Promise<void>): Promise<string[]> {
  const { clock, host } = world;
  let isStopped = false;
  const stopping = stop().then(() => {
    isStopped = true;
  });
  await world.advance(STOP_MS);
  if (!isStopped) return ['does not stop'];
  await stopping;
  const problems: string[] = [...host.violations];
  for (const server of host.connections) problems.push(...server.violations);
  const left = { connections: host.connections.size, opens: host.opens, sessions: host.sessions };
  const timers = clock.pendingOf('client');
  for (const [what, count] of Object.entries({ ...left, timers })) {
    if (count > 0) problems.push(`${count} ${what} are left after the end`);
  }
  return problems;
}

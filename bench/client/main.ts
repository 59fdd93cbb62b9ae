/** The client under test, in a process of its own so that its CPU time and heap are its own. */
import { connect } from '../../src/smb/index.ts';
import type { SmbConnection, SmbTree } from '../../src/smb/index.ts';
import { hash, hashInTurn } from './hash.ts';
import { latency } from './latency.ts';
import { flat, walkAll } from './listing.ts';
import type { FromClient, Job, JobName, Results, ToClient } from './protocol.ts';
import { read } from './read.ts';
import { watches } from './watches.ts';

/** What a job works with. */
export interface Workplace {
  readonly job: Job;
  readonly trees: readonly SmbTree[];
  /** Tells the caller that a stretch to be measured begins or ends now. */
  readonly mark: (mark: string) => void;
  /** Waits for the word of the caller. */
  readonly told: () => Promise<void>;
}

const JOBS: Readonly<Record<JobName, (workplace: Workplace) => Promise<Results>>> = {
  walk: walkAll,
  flat,
  read,
  'hash-in-turn': hashInTurn,
  hash,
  latency,
  watches,
};

function send(message: FromClient): void {
  process.send?.(message);
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

let onContinue: (() => void) | undefined;

process.on('message', (message: ToClient) => {
  if (message.type === 'continue') onContinue?.();
  else void perform(message.job);
});

async function perform(job: Job): Promise<void> {
  const connections: SmbConnection[] = [];
  const trees: SmbTree[] = [];
  for (let i = 0; i < job.connections; i += 1) {
    const connection = await connect({
      host: '127.0.0.1',
      port: job.port,
      encryption: job.protection === 'signed' ? 'on-demand' : 'required',
    });
    connections.push(connection);
    const { username, password } = job;
    const session = await connection.authenticate({ username, password });
    trees.push(await session.connectTree('data'));
  }
  const results = await JOBS[job.name]({
    job,
    trees,
    mark: (mark) => send({ type: 'mark', mark, cpuSeconds: cpuSeconds() }),
    told: () =>
      new Promise((resolve) => {
        onContinue = resolve;
      }),
  });
  const { dialect, signing, cipher } = connections[0]!.diagnostics();
  const protection = job.protection === 'signed' ? signing : String(cipher);
  send({ type: 'done', results, description: `SMB ${dialect}, ${protection}` });
  await Promise.all(connections.map((connection) => connection.close()));
  process.disconnect?.();
}

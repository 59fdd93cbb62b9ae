/** Lists 110,100 entries in 10,101 directories: against smbclient, and against v9u-smb2. */
import { startSamba } from '../test/servers/samba.ts';
import type { SambaServer } from '../test/servers/samba.ts';
import { runAsProgram } from './support/benchmark.ts';
import type { BenchmarkOptions } from './support/benchmark.ts';
import { runClient } from './support/client.ts';
import { benchData, TREE } from './support/data.ts';
import type { Figure } from './support/figures.ts';
import { compare, runRounds } from './support/rounds.ts';
import type { Run } from './support/rounds.ts';
import { countEntries, measureSmbclient, smbclientLogonSeconds } from './support/smbclient.ts';
import { installV9u, measureV9uWalk, V9U_VERSION } from './support/v9u.ts';

const FIGURE = 'recursive listing';
const UNIT = 'entries';

export async function recursiveListing(options: BenchmarkOptions): Promise<Figure[]> {
  const v9u = installV9u();
  const server = await startSamba({ sharePath: benchData('tree') });
  try {
    const logon = await smbclientLogonSeconds(server);
    const ours = async (connections: number): Promise<Run> => {
      const job = { name: 'walk', connections, protection: 'signed' } as const;
      const run = await runClient(server, { job });
      assertComplete(run.results['units']);
      return { rate: run.rate, load: run.load() };
    };
    const contestants = {
      smbclient: async (): Promise<Run> => {
        const commands = `cd ${TREE.path}; recurse; ls`;
        const { load, output } = await measureSmbclient(server, 'sign', commands);
        assertComplete(countEntries(output));
        return { rate: TREE.entries / (load.seconds - logon), load };
      },
      one: () => ours(1),
      two: () => ours(2),
      v9u: v9u === undefined ? undefined : (): Promise<Run> => walkByV9u(server, v9u),
    };
    const runs = await runRounds(server, contestants, options, UNIT);
    const smbclient = { peer: 'smbclient, signed', theirs: runs.smbclient, unit: UNIT };
    const one = { figure: `${FIGURE}, 1 connection`, ours: runs.one, connections: 1 };
    const two = { figure: `${FIGURE}, 2 connections`, ours: runs.two, connections: 2 };
    const figures = [
      compare({ ...smbclient, ...one, mustReach: 1.6 }),
      compare({ ...smbclient, ...two, mustReach: 2.3 }),
    ];
    if (runs.v9u.length > 0) {
      const peer = `v9u-smb2 ${V9U_VERSION}, 8 in flight, unsigned`;
      figures.push(compare({ peer, theirs: runs.v9u, unit: UNIT, ...one, mustReach: 1 }));
    }
    return figures;
  } finally {
    await server.stop();
  }
}

async function walkByV9u(server: SambaServer, folder: string): Promise<Run> {
  const { entries, seconds, load } = await measureV9uWalk(server, folder, TREE.path);
  assertComplete(entries);
  return { rate: entries / seconds, load };
}

function assertComplete(entries: number | undefined): void {
  if (entries === TREE.entries) return;
  throw new Error(`a listing has ${entries} entries instead of ${TREE.entries}`);
}

if (import.meta.main) await runAsProgram(recursiveListing);

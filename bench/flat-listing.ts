/** Lists one directory of 100,000 files: against smbclient. */
import { startSamba } from '../test/servers/samba.ts';
import { runAsProgram } from './support/benchmark.ts';
import type { BenchmarkOptions } from './support/benchmark.ts';
import { runClient } from './support/client.ts';
import { benchData, FLAT } from './support/data.ts';
import type { Figure } from './support/figures.ts';
import { compare, runRounds } from './support/rounds.ts';
import type { Run } from './support/rounds.ts';
import { countEntries, measureSmbclient, smbclientLogonSeconds } from './support/smbclient.ts';

export async function flatListing(options: BenchmarkOptions): Promise<Figure[]> {
  const server = await startSamba({ sharePath: benchData('flat') });
  try {
    const logon = await smbclientLogonSeconds(server);
    const contestants = {
      smbclient: async (): Promise<Run> => {
        const { load, output } = await measureSmbclient(server, 'sign', `cd ${FLAT.path}; ls`);
        assertComplete(countEntries(output));
        return { rate: FLAT.entries / (load.seconds - logon), load };
      },
      ours: async (): Promise<Run> => {
        const job = { name: 'flat', connections: 1, protection: 'signed' } as const;
        const run = await runClient(server, { job });
        assertComplete(run.results['units']);
        return { rate: run.rate, load: run.load() };
      },
    };
    const runs = await runRounds(server, contestants, options, 'entries');
    return [
      compare({
        figure: `one directory of ${FLAT.entries.toLocaleString('en-US')} files`,
        peer: 'smbclient, signed',
        ours: runs.ours,
        theirs: runs.smbclient,
        unit: 'entries',
        mustReach: 1,
        connections: 1,
      }),
    ];
  } finally {
    await server.stop();
  }
}

function assertComplete(entries: number | undefined): void {
  if (entries === FLAT.entries) return;
  throw new Error(`a listing has ${entries} entries instead of ${FLAT.entries}`);
}

if (import.meta.main) await runAsProgram(flatListing);

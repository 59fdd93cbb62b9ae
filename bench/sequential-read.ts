/** Reads 1 GiB from front to back, signed and encrypted: against smbclient's get to /dev/null. */
import { startSamba } from '../test/servers/samba.ts';
import type { SambaServer } from '../test/servers/samba.ts';
import { runAsProgram } from './support/benchmark.ts';
import type { BenchmarkOptions } from './support/benchmark.ts';
import { runClient } from './support/client.ts';
import { benchData, BIG } from './support/data.ts';
import type { Figure } from './support/figures.ts';
import { compare, runRounds } from './support/rounds.ts';
import type { Run } from './support/rounds.ts';
import { measureSmbclient, smbclientLogonSeconds } from './support/smbclient.ts';

const MIB = 1024 * 1024;

export async function sequentialRead(options: BenchmarkOptions): Promise<Figure[]> {
  const server = await startSamba({ sharePath: benchData('big') });
  try {
    const logon = await smbclientLogonSeconds(server);
    return [
      await readProtected(server, 'signed', logon, options),
      await readProtected(server, 'encrypted', logon, options),
    ];
  } finally {
    await server.stop();
  }
}

async function readProtected(
  server: SambaServer,
  protection: 'signed' | 'encrypted',
  logon: number,
  options: BenchmarkOptions,
): Promise<Figure> {
  let description: string = protection;
  const contestants = {
    smbclient: async (): Promise<Run> => {
      const how = protection === 'signed' ? 'sign' : 'encrypt';
      const { load, output } = await measureSmbclient(server, how, `get ${BIG.path} /dev/null`);
      if (!output.includes(`of size ${BIG.bytes} `)) throw new Error(`smbclient: ${output}`);
      return { rate: BIG.bytes / MIB / (load.seconds - logon), load };
    },
    ours: async (): Promise<Run> => {
      const run = await runClient(server, { job: { name: 'read', connections: 1, protection } });
      const { units } = run.results;
      if (units !== BIG.bytes) throw new Error(`${units} bytes instead of ${BIG.bytes}`);
      ({ description } = run);
      return { rate: run.rate / MIB, load: run.load() };
    },
  };
  console.log(`sequential read, ${protection}`);
  const runs = await runRounds(server, contestants, options, 'MiB');
  return compare({
    figure: `sequential read of 1 GiB, ${protection} (${description})`,
    peer: `smbclient get, ${protection}`,
    ours: runs.ours,
    theirs: runs.smbclient,
    unit: 'MiB',
    mustReach: 0.9,
    connections: 1,
  });
}

if (import.meta.main) await runAsProgram(sequentialRead);

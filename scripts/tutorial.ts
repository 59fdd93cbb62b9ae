import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { startSamba } from '../test/servers/samba.ts';
import { ensureNeeds } from './set-up/ensure.ts';
import { SAMBA_NEEDS } from './set-up/needs.ts';

/** The port that the pages of the tutorial name. */
const PORT = '4450';

/** A private server to follow the tutorial with, until Ctrl-C. Resolves with the exit code. */
async function main(port: number, interrupted: AbortSignal): Promise<number> {
  if (!(await ensureNeeds(SAMBA_NEEDS))) return 1;
  const server = await startSamba({ port });
  try {
    console.log(`A private Samba server listens on 127.0.0.1:${server.port}, share data.`);
    console.log('User alice, password alicepw. Enter restarts it, Ctrl-C ends it.');
    const lines = createInterface({ input: process.stdin, signal: interrupted });
    for await (const _ of lines) {
      await server.restart();
      console.log('Restarted.');
    }
    return 0;
  } finally {
    await server.stop();
  }
}

const { values } = parseArgs({ options: { port: { type: 'string', default: PORT } } });
const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => interrupted.abort());
process.exitCode = await main(Number(values.port), interrupted.signal);

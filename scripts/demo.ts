import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSamba } from '../test/servers/samba.ts';
import type { SambaServer } from '../test/servers/samba.ts';
import { Watcher } from './demo/watcher.ts';
import { readManifest } from './root.ts';
import { ensureNeeds } from './set-up/ensure.ts';
import { SAMBA_NEEDS } from './set-up/needs.ts';

const OWN_SHARE = `
Your own share, until Ctrl-C (it asks for the password):

  npx tidewatch watch smb://USER@SERVER/SHARE/DIRECTORY

Live directories for programs and browsers: npx tidewatch serve, shown in
docs/tutorial/live-directory-over-websocket.md. All commands: npx tidewatch --help.
The first steps one by one: docs/tutorial/first-watch.md`;

/** One change made to the share, and the last line that it brings. */
interface Step {
  readonly say: string;
  readonly act: (server: SambaServer) => Promise<unknown>;
  readonly expect: RegExp;
}

const STEPS: readonly Step[] = [
  client('put report.txt', /^(added|modified) +report\.txt$/),
  client('rename report.txt report-2026.txt', /^renamed +report\.txt -> report-2026\.txt$/),
  client('mkdir drafts', /^added +drafts$/),
  {
    say: 'on the server itself: a file appears in its file system',
    act: ({ share }) => writeFile(join(share, 'scan-001.pdf'), 'not really a PDF'),
    expect: /^(added|modified) +scan-001\.pdf$/,
  },
  {
    say: 'the server is killed and started again',
    act: (server) => server.restart(),
    expect: /^resync +reconnected/,
  },
  client('del report-2026.txt', /^removed +report-2026\.txt$/),
];

function client(command: string, expect: RegExp): Step {
  return { say: `smbclient: ${command}`, act: (server) => server.smbclient(command), expect };
}

/** A private server, a live watch on it, a few changes. Resolves with the exit code. */
async function main(signal: AbortSignal): Promise<number> {
  console.log(`Tidewatch ${readManifest().version}: live changes of an SMB share\n`);
  if (!(await ensureNeeds(SAMBA_NEEDS))) {
    console.error(`${OWN_SHARE}\n`);
    return 1;
  }
  const server = await startSamba();
  let watcher: Watcher | undefined;
  try {
    signal.throwIfAborted();
    await writeFile(join(server.dir, 'report.txt'), 'the tide comes in\n');
    const location = `smb://alice@127.0.0.1:${server.port}/data`;
    console.log(`A private Samba server listens on 127.0.0.1:${server.port}; on it runs\n`);
    console.log(`  tidewatch watch ${location}\n`);
    const password = server.users['alice'] ?? '';
    watcher = new Watcher(location, password, (line) => console.log(`    ${line}`));
    await watcher.line(/: watching smb:/, signal);
    for (const { say, act, expect } of STEPS) {
      console.log(`\n  ${say}`);
      await act(server);
      await watcher.line(expect, signal);
    }
    const code = await watcher.stop();
    console.log(`\nThat was Ctrl-C for the watch, and its server is gone.\n${OWN_SHARE}\n`);
    return code;
  } catch (error) {
    if (signal.aborted) return 130;
    console.error(
      `\nThe demonstration failed: ${error instanceof Error ? error.message : String(error)}`,
    );
    return 1;
  } finally {
    await watcher?.stop();
    await server.stop();
  }
}

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => interrupted.abort());
process.exitCode = await main(interrupted.signal);

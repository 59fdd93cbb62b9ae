import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { groupEnded, signalGroup } from '../servers/process-group.ts';
import { startSamba } from '../servers/samba.ts';
import type { SambaServer } from '../servers/samba.ts';
import { CommandLine } from '../support/command-line.ts';
import { nextOfType } from '../support/watch-lines.ts';

describe('npx tidewatch watch, at Ctrl-C in a terminal,', () => {
  let samba: SambaServer;
  let watching: CommandLine | undefined;
  beforeAll(async () => {
    samba = await startSamba();
  });
  afterEach(async () => {
    signalGroup(watching!.process.pid!, 'SIGKILL');
    await watching!.finished;
  });
  afterAll(() => samba.stop());

  /** Up to its end with everything that npx started. */
  async function interrupted(npx: 'sh' | 'bash') {
    const location = `smb://alice:alicepw@127.0.0.1:${samba.port}/data`;
    watching = new CommandLine(['watch', '--json', location], { npx });
    await nextOfType(watching, 'subscribed');
    const group = watching.process.pid!;
    signalGroup(group, 'SIGINT');
    const finished = await watching.finished;
    expect(await groupEnded(group, 5_000)).toBe(true);
    return { ...finished, last: finished.stdout.trim().split('\n').at(-1) };
  }

  it('ends in order where npm runs it itself, although npm passes the signal on once more', async () => {
    const { code, last, signal, stderr } = await interrupted('bash');
    expect(last).toContain('"state":"stopped"');
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  });

  it('ends in order where a shell stands between, whose own end npx then tells', async () => {
    const { code, last, signal, stderr } = await interrupted('sh');
    expect(last).toContain('"state":"stopped"');
    expect(stderr).toBe('');
    // dash dies of the signal whatever its command made of it; other shells are the command.
    expect(['SIGINT', 0]).toContain(signal ?? code);
  });
});

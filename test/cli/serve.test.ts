import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandLine, runCommandLine } from '../support/command-line.ts';
import { SocketClient } from '../support/socket-client.ts';

let directory: string;
let serving: CommandLine | undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidewatch-serve-'));
});
afterEach(async () => {
  serving?.process.kill('SIGKILL');
  await serving?.finished;
  await rm(directory, { recursive: true });
});

/** Starts the real server and gives its address. */
async function serve(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  serving = new CommandLine(['serve', '--ephemeral', '--port', '0', ...args], { env });
  const url = /^listening on (http:\S+)$/.exec(await serving.line())?.[1] ?? '';
  while (!(await serving.line()).startsWith('try ')) {
    // The rest of what it prints.
  }
  return url;
}

describe('tidewatch serve', () => {
  it('tells of a change of a directory, and ends with 0 when it is told to', async () => {
    const url = await serve(['--connection', `disk=${directory}`], { TIDEWATCH_TOKEN: 't' });
    const client = new SocketClient(`${url.replace('http', 'ws')}/api/ws?token=t`);
    const address = { connection_id: 'disk', path: '' };
    const reply = await client.ask({ action: 'subscribe', ...address, detail: 'changes' });
    expect(reply).toMatchObject({ type: 'subscribed', ...address, state: 'live' });
    await writeFile(join(directory, 'report.txt'), 'the tide comes in\n');
    let told;
    do told = await client.next();
    while (told.type !== 'directory_changed');
    expect(told).toMatchObject({
      ...address,
      reason: 'change',
      changes: expect.arrayContaining([
        expect.objectContaining({ action: 'added', path: 'report.txt' }),
      ]) as unknown,
    });
    const headers = { Authorization: 'Bearer t' };
    const watches = await (await fetch(`${url}/api/watches`, { headers })).json();
    expect(watches).toMatchObject({ total: 1, items: [{ state: 'live', subscribers: 1 }] });
    serving?.process.kill('SIGTERM');
    expect(await client.closed).toEqual({ code: 1001, reason: 'server going away' });
    expect(await serving?.finished).toMatchObject({ code: 0 });
  });

  it('answers a directory that is not there with an error', async () => {
    const url = await serve(['--connection', `disk=${directory}`], { TIDEWATCH_TOKEN: 't' });
    const client = new SocketClient(`${url.replace('http', 'ws')}/api/ws?token=t`);
    const reply = await client.ask({ action: 'subscribe', connection_id: 'disk', path: 'none' });
    expect(reply).toMatchObject({ type: 'error', code: 'not_found', path: 'none' });
    client.socket.terminate();
    expect(await serving?.interrupt()).toMatchObject({ code: 0 });
  });

  it('refuses to listen beyond this machine, with exit code 2', async () => {
    const { code, stderr } = await runCommandLine(['serve', '--host', '0.0.0.0']);
    expect(code).toBe(2);
    expect(stderr).toContain('--insecure-http');
  });

  it('fails with exit code 1 when the port is taken, and says what to do', async () => {
    const url = await serve([]);
    const { code, stderr } = await runCommandLine([
      ...['serve', '--ephemeral', '--port', new URL(url).port],
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/address_in_use.*\n.*--port/);
  });

  it('shows no password, not even of a location it cannot read', async () => {
    const { code, stderr, stdout } = await runCommandLine([
      ...['serve', '--connection', 'nas=smb://alice:QZpw/x@nas/data'],
    ]);
    expect(code).toBe(2);
    expect(stdout + stderr).not.toContain('QZ');
  });
});

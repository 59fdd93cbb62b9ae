import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SmbLocation } from '../app/location.ts';
import { parseLocation } from '../app/location.ts';
import { TextSink } from '../../test/support/text-sink.ts';
import { passwordFor } from './password.ts';
import type { Terminal } from './password.ts';

/** A terminal that a person types on; `shown` is what appears. */
function fakeTerminal(typed?: string): { terminal: Terminal; shown: () => string } {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => input });
  const output = Object.assign(new TextSink(), { isTTY: true });
  if (typed !== undefined) input.write(typed);
  return { terminal: { input, output }, shown: () => output.take() };
}

const nobody: Terminal = { input: new PassThrough(), output: new PassThrough() };
const location = parseLocation('smb://alice@nas/data') as SmbLocation;
const never = new AbortController().signal;

describe('a password', () => {
  let dir: string;
  let file: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'tidewatch-password-'));
    file = join(dir, 'password');
    writeFileSync(file, 'from file \r\nnot this\n');
  });
  afterAll(() => rmSync(dir, { recursive: true }));
  const env = { TIDEWATCH_SMB_PASSWORD: 'from environment' };

  it('comes from the location, else the file, else the environment', async () => {
    const own = parseLocation('smb://alice:own@nas/data') as SmbLocation;
    expect(await passwordFor(own, { file, env, terminal: nobody }, never)).toBe('own');
    expect(await passwordFor(location, { file, env, terminal: nobody }, never)).toBe('from file ');
    expect(await passwordFor(location, { env, terminal: nobody }, never)).toBe('from environment');
    const empty = { env: { TIDEWATCH_SMB_PASSWORD: '' }, terminal: nobody };
    expect(await passwordFor(location, empty, never)).toBe('');
  });

  it('is asked for on a terminal, without echo', async () => {
    const { terminal, shown } = fakeTerminal('s3cret ü\r');
    expect(await passwordFor(location, { env: {}, terminal }, never)).toBe('s3cret ü');
    expect(shown()).toBe('Password of alice@nas: \n');
  });

  it('can be corrected while it is typed', async () => {
    const { terminal } = fakeTerminal('wrong\u007f\u007fng!\r');
    expect(await passwordFor(location, { env: {}, terminal }, never)).toBe('wrong!');
  });

  it.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('is not there after %s', async (_, key) => {
    const { terminal } = fakeTerminal(key);
    const asked = passwordFor(location, { env: {}, terminal }, never);
    await expect(asked).rejects.toThrow('no password');
  });

  it('is not waited for after the command was interrupted', async () => {
    const abort = new AbortController();
    const asked = passwordFor(
      location,
      { env: {}, terminal: fakeTerminal().terminal },
      abort.signal,
    );
    abort.abort();
    await expect(asked).rejects.toThrow('no password');
  });

  it('is a usage error when there is none and nobody to ask', async () => {
    const asked = passwordFor(location, { env: {}, terminal: nobody }, never);
    await expect(asked).rejects.toThrow(/--password-file.*TIDEWATCH_SMB_PASSWORD/);
    const unreadable = passwordFor(location, { file: dir, env: {}, terminal: nobody }, never);
    await expect(unreadable).rejects.toThrow('password file');
  });
});

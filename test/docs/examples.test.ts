import { execFile } from 'node:child_process';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/root.ts';
import { checkoutEnv } from '../../scripts/run.ts';
import { startSamba } from '../servers/samba.ts';
import type { SambaServer } from '../servers/samba.ts';
import { codeBlocks, pages } from './markdown.ts';

/** The pages speak of this share; here it is one of a private server. */
const SHARE = 'smb://alice@nas/projects';
const EXAMPLES = join(ROOT, 'build', 'examples');

const execute = promisify(execFile);
const blocks = pages().flatMap(codeBlocks);
const programs = blocks.filter(({ language }) => language === 'ts');
const sessions = blocks.filter(({ language, runs }) => language === 'console' && runs);

let server: SambaServer;
beforeAll(async () => {
  server = await startSamba();
});
afterAll(() => server.stop());

/** The share as a block finds it. */
beforeEach(async () => {
  for (const name of await readdir(server.share)) {
    await rm(join(server.share, name), { recursive: true });
  }
});

function privateShare(user = 'alice'): string {
  return `smb://${user}@127.0.0.1:${server.port}/data`;
}

/** Runs a command of a page and gives what it prints, with the share named as the page does. */
async function runCommand(command: string): Promise<string> {
  const env = checkoutEnv({ TIDEWATCH_SMB_PASSWORD: server.users['alice'] });
  const [program = '', ...args] = command.replaceAll(SHARE, privateShare()).split(' ');
  const { stdout, stderr } = await execute(program, args, { cwd: ROOT, env });
  expect(stderr).toBe('');
  return stdout.replaceAll(privateShare(), SHARE);
}

/** What a page shows, where … stands for anything. */
function pattern(shown: string): RegExp {
  const parts = shown.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^]*')}\\s*$`);
}

describe('what the pages show', () => {
  it('is a good part of them', () => {
    expect(sessions.length).toBeGreaterThanOrEqual(3);
    expect(programs.filter(({ runs }) => runs).length).toBeGreaterThanOrEqual(4);
  });

  it.each(sessions)('comes out of the commands of $where', async ({ text }) => {
    await writeFile(join(server.share, 'report.txt'), 'the tide comes in\n');
    const steps = text.split(/^\$ /m).slice(1);
    expect(steps.length).toBeGreaterThan(0);
    for (const step of steps) {
      const [command = '', ...shown] = step.trimEnd().split('\n');
      expect(await runCommand(command)).toMatch(pattern(shown.join('\n')));
    }
  });
});

describe('the programs of the pages', () => {
  /** The file of a program, with the private server in place of the one it names. */
  const files = new Map(programs.map(({ where }, index) => [where, `example-${index}.ts`]));
  beforeAll(async () => {
    await rm(EXAMPLES, { recursive: true, force: true });
    await mkdir(EXAMPLES, { recursive: true });
    for (const { where, text } of programs) {
      const source = text
        .replaceAll("'tidewatch-smb'", "'tidewatch/smb'")
        .replaceAll('smb://alice:secret@nas/projects', privateShare('alice:alicepw'))
        .replaceAll("host: 'nas'", `host: '127.0.0.1', port: ${server.port}`)
        .replaceAll("'secret'", `'${server.users['alice'] ?? ''}'`)
        .replaceAll("'projects", "'data");
      await writeFile(join(EXAMPLES, files.get(where) ?? ''), source);
    }
    const config = { extends: '../../tsconfig.json', include: ['*.ts'] };
    await writeFile(join(EXAMPLES, 'tsconfig.json'), JSON.stringify(config));
  });
  afterAll(() => rm(EXAMPLES, { recursive: true }));

  it('are sound TypeScript', async () => {
    const checked = execute('tsc', ['-p', EXAMPLES], { env: checkoutEnv() });
    await expect(checked).resolves.toEqual({ stdout: '', stderr: '' });
  });

  it.each(programs.filter(({ runs }) => runs))('print what $where says', async (block) => {
    const file = join(EXAMPLES, files.get(block.where) ?? '');
    const { stdout, stderr } = await execute(process.execPath, [file]);
    expect({ stdout: stdout.trim(), stderr }).toEqual({ stdout: block.prints, stderr: '' });
  });
});

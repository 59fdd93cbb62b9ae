import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CommandLine } from '../support/command-line.ts';
import { codeBlocks } from './markdown.ts';
import { Terminal } from './terminal.ts';

const PAGE = 'docs/how-to/run-the-server.md';
const commands = codeBlocks(PAGE)
  .filter(({ language, runs }) => language === 'sh' && runs)
  .map(({ text }) => text);

let folder: string;
let server: CommandLine;
let shell: Terminal | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidewatch-how-to-'));
});
afterEach(async () => {
  await shell?.end();
  server.process.kill('SIGKILL');
  await server.finished;
  rmSync(folder, { recursive: true });
});

it('the commands of the page on the server do what it says', { timeout: 120_000 }, async () => {
  const env = { TIDEWATCH_DATA_DIR: join(folder, 'data') };
  server = new CommandLine(['serve', '--port', '0'], { env });
  const url = /^listening on (http:\S+)$/.exec(await server.line())?.[1] ?? '';
  for (const name of ['carol', 'dave']) {
    writeFileSync(join(folder, `${name}.txt`), 'the tide goes out\n');
  }
  const [accounts, token, key, settings, audit] = commands;
  expect(commands).toHaveLength(5);
  const terminal = new Terminal('bash', env);
  shell = terminal;
  const types = (text = ''): void =>
    terminal.type(
      `${text
        .replaceAll('http://127.0.0.1:8080', url)
        .replaceAll(/(?:carol|dave)\.txt/g, (name) => join(folder, name))}\n`,
    );

  types(accounts);
  await terminal.shows(/made the account carol \(user\)\n/);
  await terminal.shows(/made the account dave \(admin\)\n/);
  await terminal.shows(/set the password of carol\n/);
  types(token);
  await terminal.shows(/a token of dave, shown only now:\n/);
  types(key);
  await terminal.shows(/encrypted \d+ secrets? with the key \w+\n/);
  types(settings);
  await terminal.shows(/"network.allow_private_hosts","value":true.*"description"/);
  await terminal.shows(/"network.allow_private_hosts","value":false,.*"source":"database"/);
  types(audit);
  const [records] = await terminal.shows(/\{"items":\[.*"has_more":\w+\}/);
  for (const action of ['user.create', 'token.create']) expect(records).toContain(`"${action}"`);
});

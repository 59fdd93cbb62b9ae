import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { reservePort } from '../servers/free-port.ts';
import type { ReservedPort } from '../servers/free-port.ts';
import { startPostgres } from '../servers/postgres.ts';
import type { PostgresServer } from '../servers/postgres.ts';
import { codeBlocks, readPage } from './markdown.ts';
import { Terminal, shown } from './terminal.ts';

const blocks = codeBlocks('docs/tutorial/server-for-years.md');
const commands = blocks.filter(({ language }) => language === 'sh').map(({ text }) => text);
const texts = blocks.filter(({ language }) => language === 'text').map(({ text }) => text);

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

let dataDir: string;
let ports: { readonly server: ReservedPort; readonly samba: ReservedPort };
const terminals: Terminal[] = [];
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'tidewatch-tutorial-'));
  ports = { server: await reservePort(), samba: await reservePort() };
});
afterEach(async () => {
  for (const terminal of terminals.splice(0).toReversed()) await terminal.end();
  ports.server.release();
  ports.samba.release();
  rmSync(dataDir, { recursive: true });
});

/** A text of the page with the ports and the folder of this run. */
function here(text = ''): string {
  return text
    .replaceAll('8080', String(ports.server.port))
    .replaceAll('4450', String(ports.samba.port))
    .replaceAll('data/admin-password', join(dataDir, 'admin-password'));
}

describe('the tutorial of a server for years', () => {
  it('has every command with which the README begins', () => {
    const [, section = ''] = readPage('README.md').split(/^## See it in a minute$/m);
    const [minute = ''] = section.split(/^## /m);
    const lines = Array.from(minute.matchAll(/^```sh\n([^]*?)\n```$/gm), ([, text = '']) => text);
    const known = new Set(commands.flatMap((text) => text.split('\n')));
    expect(lines.length).toBeGreaterThanOrEqual(4);
    expect(lines.flatMap((text) => text.split('\n')).filter((line) => !known.has(line))).toEqual(
      [],
    );
  });

  it.each(['embedded', 'postgresql'])(
    'goes as it says, from the first command to the last: %s',
    { timeout: 240_000 },
    async (kind) => {
      const [start, signIn, share, save, test, list, search, listen, put, kill, ...rest] = commands;
      const [restart, look, other] = rest;
      const [started, me, served, saved, tested, listed, found, live, told, ...more] = texts;
      const [restarted, looked] = more;
      expect([commands.length, texts.length]).toEqual([13, 11]);
      expect(other).toMatch(/^DATABASE_URL=postgres:\/\/\S+ npm start$/);
      const env: NodeJS.ProcessEnv = {
        TIDEWATCH_DATA_DIR: dataDir,
        TIDEWATCH_PORT: String(ports.server.port),
        TIDEWATCH_URL: here('ws://127.0.0.1:8080'),
        ...(kind === 'postgresql' && { DATABASE_URL: await postgres.createDatabase() }),
      };
      const open = (command = ''): Terminal => {
        const terminal = new Terminal(command, env);
        terminals.push(terminal);
        return terminal;
      };
      const shownHere = (text = ''): RegExp =>
        shown(
          kind === 'embedded'
            ? here(text)
            : here(text).replace('database in it', 'database at DATABASE_URL'),
        );

      const server = open(start?.replace('npm ci && ', ''));
      const [first] = await server.shows(shownHere(started));
      const shell = open('bash');
      const types = (text = ''): void => shell.type(`${here(text)}\n`);
      types(signIn);
      await shell.shows(shownHere(me));
      const samba = open(`${share} -- --port ${ports.samba.port}`);
      await samba.shows(shownHere(served));
      types(save);
      await shell.shows(shownHere(saved));
      types(test);
      await shell.shows(shownHere(tested));
      types(list);
      await shell.shows(shownHere(listed));
      /** Until everything was listed the answer is another one: asked again, as the page says. */
      const ask = async (): Promise<string> => {
        types(search);
        return (await shell.shows(/\{.*\}\n/))[0];
      };
      await expect.poll(ask, { timeout: 20_000, interval: 200 }).toMatch(shownHere(found));

      types('echo "id $ID"');
      const [, id = ''] = await shell.shows(/id ([\w-]{36})\n/);
      const listener = open(listen?.replace('=ID ', `=${id} `));
      await listener.shows(shownHere(live));
      types(put);
      await listener.shows(shownHere(told));

      const [, pid = ''] = /process (\d+),/.exec(first) ?? [];
      types(kill?.replace('PROCESS', pid));
      expect(await server.ended).not.toBe(0);
      await listener.shows(/closed 1006/);
      const again = open(restart);
      await again.shows(shownHere(restarted));
      // At once, the first time.
      types(look);
      await shell.shows(shownHere(looked));
      await again.end();
      await expect(fetch(here('http://127.0.0.1:8080/healthz'))).rejects.toThrow('fetch failed');
    },
  );
});

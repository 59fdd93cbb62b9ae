import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/root.ts';
import { codeBlocks } from './markdown.ts';
import { Terminal, shown } from './terminal.ts';

const PAGE = 'docs/tutorial/live-directory-over-websocket.md';
const blocks = codeBlocks(PAGE);
/** The commands of the page, in its order. */
const commands = blocks.filter(({ language }) => language === 'sh').map(({ text }) => text);

const terminals: Terminal[] = [];
afterEach(async () => {
  for (const terminal of terminals.splice(0).toReversed()) await terminal.end();
});

/** A command of the page in a terminal of its own, with other ports than those it names. */
function open(command: string, env: NodeJS.ProcessEnv = {}): Terminal {
  const terminal = new Terminal(command, env);
  terminals.push(terminal);
  return terminal;
}

describe('the tutorial of a live directory over WebSocket', () => {
  it('shows the client that it runs', () => {
    const program = blocks.find(({ language }) => language === 'ts')?.text;
    expect(`${program}\n`).toBe(readFileSync(join(ROOT, 'scripts/tutorial/listen.ts'), 'utf8'));
  });

  it('goes as it says, from the first command to the last', async () => {
    const texts = blocks.filter(({ language }) => language === 'text').map(({ text }) => text);
    const [share, serve, listen, put, del] = commands as [string, string, string, string, string];
    expect(commands).toHaveLength(5);
    expect(texts).toHaveLength(6);

    const samba = open(`${share} -- --port ${20_000 + (process.pid % 9_000)}`);
    const [, port = ''] = await samba.shows(/listens on 127\.0\.0\.1:(\d+)/);
    const onPort = (text: string): string => text.replaceAll('4450', port);

    const server = open(`${onPort(serve)} --port 0`);
    const [, url = ''] = await server.shows(/listening on http(:\S+)/);
    await server.shows(
      shown(
        onPort(texts[1] ?? '')
          .split('\n')
          .slice(1)
          .join('\n'),
      ),
    );

    const client = open(listen, { TIDEWATCH_URL: `ws${url}` });
    await client.shows(shown(texts[2] ?? ''));
    const smbclient = open(onPort(put));
    await client.shows(shown(texts[3] ?? ''));
    expect(await smbclient.ended).toBe(0);

    samba.type('\n');
    await client.shows(shown(texts[4] ?? ''));
    const another = open(onPort(del));
    await client.shows(shown(texts[5] ?? ''));
    expect(await another.ended).toBe(0);
  }, 60_000);
});

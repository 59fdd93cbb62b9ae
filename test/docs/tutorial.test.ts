import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/root.ts';
import { checkoutEnv } from '../../scripts/run.ts';
import { codeBlocks } from './markdown.ts';

const PAGE = 'docs/tutorial/live-directory-over-websocket.md';
const blocks = codeBlocks(PAGE);
/** The commands of the page, in its order. */
const commands = blocks.filter(({ language }) => language === 'sh').map(({ text }) => text);

const terminals: Terminal[] = [];
afterEach(async () => {
  for (const terminal of terminals.splice(0).toReversed()) await terminal.end();
});

/** A command of the page in a terminal of its own, with other ports than those it names. */
class Terminal {
  readonly process: ChildProcess;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
  #shown = '';
  #read = 0;
  #wake: () => void = () => undefined;

  constructor(command: string, env: NodeJS.ProcessEnv = {}) {
    this.process = spawn('bash', ['-c', command], {
      cwd: ROOT,
      env: checkoutEnv({ LC_ALL: 'C.UTF-8', ...env }),
      stdio: ['pipe', 'pipe', 'pipe'],
      // What npm starts belongs to the group, as in a terminal.
      detached: true,
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#shown += text;
        this.#wake();
      });
    }
    this.ended = once(this.process, 'close').then(([code]) => code as number | null);
    this.process.once('close', () => this.#wake());
    terminals.push(this);
  }

  /** Waits for a text after what was read before, and gives how it was matched. */
  async shows(pattern: RegExp): Promise<RegExpExecArray> {
    const late = AbortSignal.timeout(20_000);
    late.addEventListener('abort', () => this.#wake());
    for (;;) {
      const found = pattern.exec(this.#shown.slice(this.#read));
      if (found !== null) {
        this.#read += found.index + found[0].length;
        return found;
      }
      if (this.process.exitCode !== null) throw new Error(`it ended: ${this.#shown}`);
      if (late.aborted) throw new Error(`nothing like ${String(pattern)} in: ${this.#shown}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  type(line: string): void {
    this.process.stdin?.write(line);
  }

  /** What Ctrl-C does. */
  async end(): Promise<void> {
    const { process: child } = this;
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    process.kill(-child.pid, 'SIGINT');
    await this.ended;
  }
}

/** What the page shows below its n-th command, … standing for anything. */
function shown(text: string): RegExp {
  const lines = text.split('\n').map((line) =>
    line
      .split('…')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*'),
  );
  return new RegExp(lines.join('[ ]*\\n(?:.*\\n)*?'));
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

    const samba = new Terminal(`${share} -- --port ${20_000 + (process.pid % 9_000)}`);
    const [, port = ''] = await samba.shows(/listens on 127\.0\.0\.1:(\d+)/);
    const onPort = (text: string): string => text.replaceAll('4450', port);

    const server = new Terminal(`${onPort(serve)} --port 0`);
    const [, url = ''] = await server.shows(/listening on http(:\S+)/);
    await server.shows(
      shown(
        onPort(texts[1] ?? '')
          .split('\n')
          .slice(1)
          .join('\n'),
      ),
    );

    const client = new Terminal(listen, { TIDEWATCH_URL: `ws${url}` });
    await client.shows(shown(texts[2] ?? ''));
    const smbclient = new Terminal(onPort(put));
    await client.shows(shown(texts[3] ?? ''));
    expect(await smbclient.ended).toBe(0);

    samba.type('\n');
    await client.shows(shown(texts[4] ?? ''));
    const another = new Terminal(onPort(del));
    await client.shows(shown(texts[5] ?? ''));
    expect(await another.ended).toBe(0);
  }, 60_000);
});

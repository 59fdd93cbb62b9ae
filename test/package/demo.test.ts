import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/root.ts';
import { checkoutEnv } from '../../scripts/run.ts';

interface Run {
  readonly code: number | null;
  readonly lines: readonly string[];
  /** Where its private server listened. */
  readonly port: number;
}

/** Runs the demonstration, and interrupts it when a line fits. */
async function demonstrate(interruptAt?: RegExp): Promise<Run> {
  const script = join(ROOT, 'scripts', 'demo.ts');
  const child = spawn(process.execPath, [script], {
    env: checkoutEnv(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      if (interruptAt?.test(line) === true) child.kill('SIGINT');
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(lines.join('\n'))?.[1]);
  return { code, lines, port };
}

async function expectGone(port: number): Promise<void> {
  expect(port).toBeGreaterThan(0);
  const [error] = (await once(connect(port, '127.0.0.1'), 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNREFUSED');
}

describe('the demonstration', () => {
  it('shows every change as the watch tells it, ends by itself and leaves nothing behind', async () => {
    const { code, lines, port } = await demonstrate();
    expect(lines.filter((line) => /error/i.test(line))).toEqual([]);
    const order = [
      'smbclient: put report.txt',
      'added     report.txt',
      'renamed   report.txt -> report-2026.txt',
      'added     drafts',
      'added     scan-001.pdf',
      'resync    reconnected: list the directory again',
      'removed   report-2026.txt',
      'npx tidewatch watch smb://USER@SERVER/SHARE/DIRECTORY',
    ];
    const shown = lines.map((line) => line.trim());
    expect(shown.filter((line) => order.includes(line))).toEqual(order);
    expect(code).toBe(0);
    await expectGone(port);
  });

  it('leaves nothing behind when it is interrupted', async () => {
    const { code, port } = await demonstrate(/renamed/);
    expect(code).toBe(130);
    await expectGone(port);
  });
});

import { describe, expect, it } from 'vitest';
import { walk } from '../../src/smb/index.ts';
import type { WalkStep } from '../../src/smb/index.ts';
import { Status } from '../../src/smb/status.ts';
import { Command } from '../../src/smb/wire/header.ts';
import { FakeFileSystem } from '../fake-server/file-system.ts';
import { failWith } from '../fake-server/faults.ts';
import { codeOf, converse, expectCleanEnd } from './conversation.ts';

function forest(): FakeFileSystem {
  const fileSystem = new FakeFileSystem();
  for (let i = 0; i < 200; i += 1) fileSystem.writeFile(`dir-${i}/file`);
  return fileSystem;
}

describe('a walk over two connections', () => {
  it('is complete also when one of them breaks', async () => {
    const fileSystem = forest();
    const first = await converse({ server: { fileSystem } });
    const second = await converse({ server: { fileSystem } });
    const steps: WalkStep[] = [];
    for await (const step of walk([first.tree, second.tree], '', { concurrency: 4 })) {
      if (steps.length === 20) first.server.hangUp();
      steps.push(step);
    }
    expect(steps.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(new Set(steps.map(({ path }) => path)).size).toBe(201);
    expect(steps).toHaveLength(201);
    await expectCleanEnd(second);
  });

  it('is complete also when the share of one of them is gone', async () => {
    const fileSystem = forest();
    const first = await converse({ server: { fileSystem } });
    const second = await converse({ server: { fileSystem } });
    const fault = failWith(Status.NETWORK_NAME_DELETED);
    first.server.inject({ command: Command.CREATE, skip: 10, times: Infinity, fault });
    const paths: string[] = [];
    for await (const { path, error } of walk([first.tree, second.tree], '')) {
      expect(error).toBeUndefined();
      paths.push(path);
    }
    expect(new Set(paths).size).toBe(201);
    await expectCleanEnd(first);
    await expectCleanEnd(second);
  });
});

describe('a walk', () => {
  const walkUntil = async (end: (taken: number) => void, signal?: AbortSignal): Promise<number> => {
    const { tree } = await converse({
      server: { fileSystem: forest() },
      prepare: (server) => {
        ends.set('hang up', () => server.hangUp());
      },
    });
    ends.set('close', () => void tree.close());
    let errors = 0;
    let taken = 0;
    const walking = async (): Promise<void> => {
      for await (const { error } of tree.walk('', { concurrency: 4, signal })) {
        taken += 1;
        if (error !== undefined) errors += 1;
        end(taken);
      }
    };
    codes.push(await codeOf(walking()));
    expect(taken).toBeLessThan(100);
    return errors;
  };
  const ends = new Map<string, () => void>();
  const codes: string[] = [];

  it('that is aborted in its midst fails, and does not end as if it were complete', async () => {
    const controller = new AbortController();
    const errors = await walkUntil((taken) => {
      if (taken === 10) controller.abort();
    }, controller.signal);
    expect(codes.pop()).toBe('aborted');
    expect(errors).toBe(0);
  });

  it('that loses its connection or its share fails', async () => {
    for (const [how, code] of [
      ['hang up', 'disconnected'],
      ['close', 'closed'],
    ] as const) {
      const errors = await walkUntil((taken) => {
        if (taken === 10) ends.get(how)?.();
      });
      expect(codes.pop()).toBe(code);
      expect(errors).toBe(0);
    }
  });
});

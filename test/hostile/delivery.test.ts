import { describe, expect, it } from 'vitest';
import { Command } from '../../src/smb/wire/header.ts';
import { Cipher } from '../../src/smb/wire/negotiate.ts';
import { encodeMessage } from '../../src/smb/wire/message.ts';
import { encodeOplockBreak } from '../../src/smb/wire/oplock-break.ts';
import { framePrefix } from '../../src/smb/net/frame-reader.ts';
import { answerAfter, chunksOf, editHeader, loseAnswer, repeat } from '../fake-server/faults.ts';
import { grantUpTo } from '../fake-server/options.ts';
import { codeOf, converse, expectCleanEnd, expectEnded } from './conversation.ts';
import type { Conversation } from './conversation.ts';

/** A bit of everything. */
async function doSomeWork({ tree, server }: Conversation): Promise<void> {
  server.fileSystem.writeFile('dir/one', 'first');
  server.fileSystem.writeFile('dir/two', 'second');
  const names: string[] = [];
  for await (const page of tree.list('dir')) names.push(...page.map(({ name }) => name));
  expect(names).toEqual(['one', 'two']);
  expect(String(await tree.readFile('dir/two'))).toBe('second');
  await tree.writeFile('dir/three', Buffer.from('third'));
  expect((await tree.stat('dir/three')).size).toBe(5);
  const watch = tree.watch('dir');
  await watch.armed;
  server.fileSystem.remove('dir/one');
  const { value } = await watch[Symbol.asyncIterator]().next();
  expect(value).toEqual({ type: 'changes', changes: [{ action: 'removed', path: 'one' }] });
  await watch.close();
}

describe('a stream of answers', () => {
  for (const size of [1, 2, 3, 4, 5, 63, 64, 65, 1000]) {
    it(`may come in pieces of ${size} bytes`, async () => {
      const parties = await converse({ toClient: chunksOf(size) });
      await doSomeWork(parties);
      await expectCleanEnd(parties);
    });
  }

  it('may come in pieces of one byte when it is encrypted', async () => {
    const parties = await converse({ server: { encryptSession: true }, toClient: chunksOf(1) });
    await doSomeWork(parties);
    await expectCleanEnd(parties);
  });

  for (const [how, ciphers] of [
    ['signed', []],
    ['encrypted', [Cipher.AES128_GCM]],
  ] as const) {
    it(`leaves what was read from it alone, ${how}, whatever comes later`, async () => {
      for (const size of [7, 1_000, 100_000]) {
        const parties = await converse({ server: { ciphers }, toClient: chunksOf(size) });
        const { server, tree } = parties;
        const contents = Array.from({ length: 40 }, (_, i) =>
          Buffer.alloc(1 + i * i * 50, `${i}!`),
        );
        for (const [i, content] of contents.entries()) {
          server.fileSystem.writeFile(`file-${i}`, content);
        }
        const read = await Promise.all(contents.map((_, i) => tree.readFile(`file-${i}`)));
        for (let i = 0; i < 40; i += 1) await tree.readFile(`file-${i}`);
        await doSomeWork(parties);
        for (const [i, content] of contents.entries()) expect(read[i]?.equals(content)).toBe(true);
        await expectCleanEnd(parties);
      }
    });
  }

  it('may come with several frames at once, cut anywhere', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    server.fileSystem.writeFile('file', 'content');
    for (const size of [1, 3, 50, 100, 150, 1e6]) {
      const held = server.holdFrames();
      const reads = Array.from({ length: 5 }, () => tree.stat('file'));
      for (let i = 0; i < 5; i += 1) await server.received(Command.CREATE);
      held.release((frames) => chunksOf(size)(Buffer.concat(frames)));
      for (const { size: bytes } of await Promise.all(reads)) expect(bytes).toBe(7);
    }
    await expectCleanEnd(parties);
  });

  it('may answer in any order', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    for (let i = 0; i < 20; i += 1) server.fileSystem.writeFile(`file-${i}`, 'x'.repeat(i));
    const held = server.holdFrames();
    const stats = Array.from({ length: 20 }, (_, i) => tree.stat(`file-${i}`));
    for (let i = 0; i < 20; i += 1) await server.received(Command.CREATE);
    held.release((frames) => frames.toReversed());
    expect((await Promise.all(stats)).map(({ size }) => size)).toEqual([...Array(20).keys()]);
    await expectCleanEnd(parties);
  });

  it('may answer the messages of a compound one by one', async () => {
    const parties = await converse({ server: { compoundAnswers: 'apart' } });
    await doSomeWork(parties);
    await expectCleanEnd(parties);
  });

  it('may answer twice', async () => {
    const parties = await converse();
    const { connection, server } = parties;
    server.inject({ times: Infinity, fault: repeat(2) });
    await doSomeWork(parties);
    expect(connection.diagnostics().strayAnswers).toBeGreaterThan(5);
    await expectCleanEnd(parties);
  });

  it('may hold answers to nothing', async () => {
    const parties = await converse();
    const { connection, server } = parties;
    const before = connection.diagnostics().strayAnswers;
    const stray = encodeMessage({ command: 8, flags: 1, messageId: 9_999 }, Buffer.alloc(4));
    const notification = { kind: 'oplock', oplockLevel: 0, fileId: Buffer.alloc(16) } as const;
    const unasked = encodeMessage(
      { command: Command.OPLOCK_BREAK, flags: 1, messageId: -1 },
      encodeOplockBreak(notification),
    );
    for (const message of [stray, unasked]) {
      server.sendRaw(Buffer.concat([framePrefix([message]), message]));
    }
    await doSomeWork(parties);
    expect(connection.diagnostics().strayAnswers).toBe(before + 2);
    await expectCleanEnd(parties);
  });

  it('may be slow for one request without holding up the others', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    server.fileSystem.writeFile('slow', '1');
    server.fileSystem.writeFile('fast', '22');
    let release = (): void => undefined;
    const moment = new Promise<void>((resolve) => {
      release = resolve;
    });
    server.inject({ command: Command.CREATE, fault: answerAfter(moment) });
    const slow = tree.stat('slow');
    expect((await tree.stat('fast')).size).toBe(2);
    release();
    expect((await slow).size).toBe(1);
    await expectCleanEnd(parties);
  });

  it('may not answer a request with another command', async () => {
    const { connection, server, tree } = await converse();
    const fault = editHeader({ command: Command.READ });
    server.inject({ command: Command.CREATE, fault });
    expect(await codeOf(tree.stat(''))).toBe('protocol_error');
    await expectEnded(connection, 'protocol_error');
  });

  it('may not hold requests', async () => {
    const { connection, server, tree } = await converse();
    const fault = editHeader({ flags: 0 });
    server.inject({ command: Command.CREATE, fault });
    expect(await codeOf(tree.stat(''))).toMatch(/protocol_error|signature_invalid/);
    expect((await connection.closed).code).toMatch(/protocol_error|signature_invalid/);
  });
});

describe('credits', () => {
  for (const most of [1, 2, 3, 4, 7, 20]) {
    it(`of ${most} are enough for everything`, async () => {
      const parties = await converse({ server: { grant: grantUpTo(most) } });
      const { server, tree } = parties;
      const content = Buffer.alloc(300_000, 'abc');
      server.fileSystem.writeFile('big', content);
      const stats = Array.from({ length: 30 }, () => tree.open('big'));
      for (const file of await Promise.all(stats)) await file.close();
      expect((await tree.readFile('big')).equals(content)).toBe(true);
      await tree.writeFile('copy', content);
      expect(server.fileSystem.find('copy')?.content.equals(content)).toBe(true);
      // What else takes several credits at once.
      await tree.mkdir('dir');
      await tree.rename('copy', 'dir/moved');
      const range = { offset: 200_000, length: 70_000 };
      const { ranges } = await tree.readRanges('dir/moved', [range, range]);
      expect(ranges[1]?.equals(content.subarray(200_000, 270_000))).toBe(true);
      const paths: string[] = [];
      for await (const { path, entries } of tree.walk('')) paths.push(path, String(entries.length));
      expect(paths).toEqual(['', '2', 'dir', '1']);
      await tree.remove('dir/moved');
      await tree.removeDirectory('dir');
      expect(server.fileSystem.find('dir')).toBeUndefined();
      const watch = tree.watch('');
      await watch.armed;
      server.fileSystem.writeFile('seen');
      expect((await watch[Symbol.asyncIterator]().next()).value).toMatchObject({ type: 'changes' });
      await watch.close();
      await expectCleanEnd(parties);
    });
  }

  it('that never come end in a timeout', async () => {
    let granting = true;
    const { connection, server, tree } = await converse({
      server: { grant: (request) => (granting ? grantUpTo(8)(request) : 0) },
      client: { timeoutMs: 300, closeTimeoutMs: 300 },
    });
    granting = false;
    const codes = await Promise.all(Array.from({ length: 20 }, () => codeOf(tree.stat(''))));
    expect(codes).toContain('timeout');
    expect(codes.every((code) => code === 'timeout' || code === 'succeeded')).toBe(true);
    await connection.close();
    expect(server.violations).toEqual([]);
  });

  it('of an answer that was lost are missed, nothing else', async () => {
    const parties = await converse({ client: { timeoutMs: 300 } });
    const { server, tree } = parties;
    server.inject({ command: Command.CREATE, fault: loseAnswer });
    expect(await codeOf(tree.stat(''))).toBe('timeout');
    expect(await codeOf(tree.stat(''))).toBe('succeeded');
    await parties.connection.close();
    expect(server.violations).toEqual([]);
  });
});

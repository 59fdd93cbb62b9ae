import { describe, expect, it } from 'vitest';
import { walk } from '../../src/smb/index.ts';
import { Dialect } from '../../src/smb/wire/negotiate.ts';
import { Command } from '../../src/smb/wire/header.ts';
import { decodeChangeNotifyRequest } from '../../src/smb/wire/change-notify.ts';
import { grantUpTo } from '../fake-server/options.ts';
import { codeOf, converse, expectCleanEnd } from './conversation.ts';
import type { Conversation } from './conversation.ts';

async function all(pages: AsyncIterable<unknown>): Promise<void> {
  for await (const page of pages) expect(page).toBeDefined();
}

type Use = (conversation: Conversation) => unknown;

const MISTAKES: readonly (readonly [string, Use])[] = [
  ['a watch with a negative buffer', ({ tree }) => tree.watch('', { bufferSize: -1 })],
  ['a watch with half a byte', ({ tree }) => tree.watch('', { bufferSize: 4096.5 })],
  ['a watch without a buffer', ({ tree }) => tree.watch('', { bufferSize: Number.NaN })],
  ['a watch without a request', ({ tree }) => tree.watch('', { pipeline: 0 as 1 })],
  ['a watch of an impossible name', ({ session }) => session.watch('nowhere/a:b')],
  ['a watch of no share', ({ session }) => session.watch('').armed],
  ['a walk with no directory at a time', ({ tree }) => all(tree.walk('', { concurrency: 0 }))],
  ['a walk with no number of them', ({ tree }) => all(tree.walk('', { concurrency: Number.NaN }))],
  ['a walk over no tree', () => all(walk([], ''))],
  ['a listing in negative pages', ({ tree }) => all(tree.list('', { pageBytes: -1 }))],
  ['a listing in pages of half a byte', ({ tree }) => all(tree.list('', { pageBytes: 0.5 }))],
  ['a file cut to less than nothing', ({ tree }) => tree.truncate('file', -1)],
  ['a file cut to half a byte', ({ tree }) => tree.truncate('file', 1.5)],
  ['a time that is none', ({ tree }) => tree.setTimes('file', { modifiedAt: Number.NaN })],
  ['a range before the file', ({ tree }) => tree.readRanges('file', [{ offset: -1, length: 1 }])],
];

const onFile = (use: (file: Awaited<ReturnType<Conversation['tree']['open']>>) => unknown): Use => {
  return async ({ tree }) => {
    await using file = await tree.open('file', { access: 'readwrite' });
    await use(file);
  };
};

const ON_FILES: readonly (readonly [string, Use])[] = [
  ['reading before the file', onFile((file) => file.read(-1, 10))],
  ['reading from half a byte', onFile((file) => file.read(0.5, 10))],
  ['reading beyond what a number can say', onFile((file) => file.read(2 ** 60, 10))],
  ['a stream that starts before the file', onFile((file) => all(file.readStream({ start: -1 })))],
  ['a stream without an end', onFile((file) => all(file.readStream({ end: Infinity })))],
  ['writing before the file', onFile((file) => file.writeAll(Buffer.alloc(1), { offset: -1 }))],
  ['writing to nowhere', onFile((file) => file.writeAll(Buffer.alloc(1), { offset: Number.NaN }))],
];

describe('a mistake of the caller', () => {
  for (const [name, use] of [...MISTAKES, ...ON_FILES]) {
    it(`is told, and hurts nobody else: ${name}`, async () => {
      const parties = await converse();
      const { connection, server, tree } = parties;
      server.fileSystem.writeFile('file', 'content');
      const code = await codeOf((async () => use(parties))());
      expect(code).toMatch(/^(invalid_argument|invalid_path)$/);
      expect(await codeOf(tree.stat('file'))).toBe('succeeded');
      expect(connection.diagnostics().state).toBe('open');
      await expectCleanEnd(parties);
    });
  }
});

describe('more than fits at once', () => {
  it('for a watch is cut to what the server takes', async () => {
    for (const server of [{}, { dialects: [Dialect.SMB202], maxTransactBytes: 65_536 }]) {
      const parties = await converse({ server });
      const watch = parties.tree.watch('', { bufferSize: 1e9 });
      await watch.armed;
      const { message } = await parties.server.received(Command.CHANGE_NOTIFY);
      const most = parties.connection.diagnostics().maxTransactBytes;
      expect(decodeChangeNotifyRequest(message).outputBufferLength).toBe(most);
      await watch.close();
      await expectCleanEnd(parties);
    }
  });

  it('of ranges is read in several round trips, and holds nobody up', async () => {
    const parties = await converse({ server: { grant: grantUpTo(20) } });
    const { server, tree } = parties;
    const content = Buffer.alloc(6_000_000, '0123456789abcdef!');
    server.fileSystem.writeFile('big', content);
    const ranges = [0, 1, 2, 3, 4].map((i) => ({ offset: i * 1_000_003, length: 1_000_000 }));
    const result = await tree.readRanges('big', ranges, { expectedSize: content.length });
    expect(result.size).toBe(content.length);
    for (const [i, { offset, length }] of ranges.entries()) {
      expect(result.ranges[i]?.equals(content.subarray(offset, offset + length))).toBe(true);
    }
    const beyond = [...ranges, { offset: 5_999_999, length: 2 }];
    expect(await codeOf(tree.readRanges('big', beyond))).toBe('changed_while_reading');
    const other = tree.readRanges('big', ranges, { expectedSize: 1 });
    expect(await codeOf(other)).toBe('changed_while_reading');
    await expectCleanEnd(parties);
  });

  it('for one READ comes in part', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    server.fileSystem.writeFile('big', Buffer.alloc(3_000_000, 'x'));
    await using file = await tree.open('big');
    const bytes = await file.readOnce({ offset: 0, length: 0xffffffff });
    expect(bytes.length).toBe(file.chunkBytes);
    await file.close();
    await expectCleanEnd(parties);
  });
});

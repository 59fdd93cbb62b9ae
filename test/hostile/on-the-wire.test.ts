import { describe, expect, it } from 'vitest';
import { SMB_DEFAULTS } from '../../src/smb/defaults.ts';
import { Command, HeaderFlag } from '../../src/smb/wire/header.ts';
import { decodeNegotiateRequest, Dialect } from '../../src/smb/wire/negotiate.ts';
import { decodeReadRequest } from '../../src/smb/wire/read.ts';
import { decodeTreeConnectRequest } from '../../src/smb/wire/tree.ts';
import { decodeWriteRequest, encodeWriteResponse } from '../../src/smb/wire/write.ts';
import { answerAfter, answerWith } from '../fake-server/faults.ts';
import type { FakeServer } from '../fake-server/fake-server.ts';
import { grantUpTo } from '../fake-server/options.ts';
import type { FakeRequest } from '../fake-server/protocol.ts';
import { success } from '../fake-server/replies.ts';
import { converse, expectCleanEnd } from './conversation.ts';

const { transferChunkBytes, transferDepth } = SMB_DEFAULTS;

const of = (server: FakeServer, command: number): FakeRequest[] =>
  server.requests.filter(({ header }) => header.command === command);

async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn += 1) await new Promise(setImmediate);
}

const never = answerAfter(new Promise(() => undefined));

describe('a client', () => {
  it('offers everything it can, and names the server it means', async () => {
    const parties = await converse({ client: { host: 'nas.example' } });
    const [request] = of(parties.server, Command.NEGOTIATE);
    const { contexts, dialects } = decodeNegotiateRequest(request!.message);
    expect(dialects).toEqual([0x0202, 0x0210, 0x0300, 0x0302, 0x0311]);
    expect(contexts).toMatchObject([
      { type: 'preauth', hashAlgorithms: [1] },
      { type: 'encryption', ciphers: [4, 2, 3, 1] },
      { type: 'signing', algorithms: [2, 1, 0] },
      { type: 'netname', name: 'nas.example' },
    ]);
    await expectCleanEnd(parties);
  });

  it('says nothing of encryption when it may not encrypt', async () => {
    const parties = await converse({ client: { ciphers: [] } });
    const [request] = of(parties.server, Command.NEGOTIATE);
    const { contexts } = decodeNegotiateRequest(request!.message);
    expect(contexts.map(({ type }) => type)).toEqual(['preauth', 'signing', 'netname']);
    await parties.tree.stat('');
    expect(parties.server.requests.at(-1)?.sealed).toBe(false);
    await expectCleanEnd(parties);
  });

  it('calls a server by its address as it was typed, IPv6 too', async () => {
    for (const host of ['::1', 'fe80::1%eth0', '192.0.2.1', 'NAS']) {
      const parties = await converse({ client: { host } });
      const [request] = of(parties.server, Command.TREE_CONNECT);
      expect(decodeTreeConnectRequest(request!.message).path).toBe(`\\\\${host}\\data`);
      await expectCleanEnd(parties);
    }
  });

  it('encrypts by itself where the server can, and signs everywhere else', async () => {
    const answered = async (server: object, client: object): Promise<string> => {
      const parties = await converse({ server, client });
      await parties.tree.stat('');
      const { sealed, header } = parties.server.requests.at(-1)!;
      await expectCleanEnd(parties);
      return sealed ? 'sealed' : (header.flags & HeaderFlag.SIGNED) !== 0 ? 'signed' : 'bare';
    };
    expect(await answered({}, {})).toBe('sealed');
    expect(await answered({ dialects: [Dialect.SMB302] }, {})).toBe('sealed');
    expect(await answered({ ciphers: [] }, {})).toBe('signed');
    expect(await answered({ dialects: [Dialect.SMB202] }, {})).toBe('signed');
    expect(await answered({}, { encryption: 'on-demand' })).toBe('signed');
    expect(await answered({ encryptSession: true }, { encryption: 'on-demand' })).toBe('sealed');
    expect(await answered({ encryptShare: true }, { encryption: 'on-demand' })).toBe('sealed');
    expect(await answered({}, { encryption: 'required' })).toBe('sealed');
  });

  it('keeps to 64 KiB in everything where the dialect has no larger requests', async () => {
    const parties = await converse({ server: { dialects: [Dialect.SMB202] } });
    const { server, tree } = parties;
    const content = Buffer.alloc(400_001, 'tide');
    await tree.writeFile('big', content);
    expect((await tree.readFile('big')).equals(content)).toBe(true);
    const ranges = [
      { offset: 1, length: 200_000 },
      { offset: 300_000, length: 65_536 },
    ];
    const read = await tree.readRanges('big', ranges, { expectedSize: content.length });
    expect(read.ranges[0]?.equals(content.subarray(1, 200_001))).toBe(true);
    for (let i = 0; i < 1_500; i += 1) server.fileSystem.writeFile(`dir/file-${i}`);
    let entries = 0;
    for await (const page of tree.list('dir')) entries += page.length;
    expect(entries).toBe(1_500);
    const watch = tree.watch('dir', { bufferSize: 1_000_000 });
    await watch.armed;
    await watch.close();
    for (const { header } of server.requests) expect(header.creditCharge).toBe(0);
    await expectCleanEnd(parties);
  });

  it('sends an open, its reads and its close in one frame', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    server.fileSystem.writeFile('file', 'x'.repeat(100));
    const before = server.requests.length;
    const ranges = [0, 40, 80].map((offset) => ({ offset, length: 10 }));
    await tree.readRanges('file', ranges, { expectedSize: 100 });
    const sent = server.requests.slice(before).map(({ header }) => header);
    const { CREATE, READ, CLOSE } = Command;
    expect(sent.map(({ command }) => command)).toEqual([CREATE, READ, READ, READ, CLOSE]);
    expect(sent.map(({ nextCommand }) => nextCommand > 0)).toEqual([true, true, true, true, false]);
    await expectCleanEnd(parties);
  });

  it('lets small requests pass large ones that wait for credits', async () => {
    const parties = await converse({ server: { grant: grantUpTo(20) } });
    const { server, tree } = parties;
    server.fileSystem.writeFile('big', Buffer.alloc(5_000_000));
    const file = await tree.open('big');
    const held = server.holdFrames();
    const chunks = Array.from({ length: 30 }, (_, i) =>
      file.readOnce({ offset: i * 65_536, length: 65_536 }),
    );
    const looking = tree.stat('big');
    await server.received(Command.READ);
    held.release();
    await looking;
    await Promise.all(chunks);
    const order = server.requests.map(({ header }) => header.command);
    const reads = order.slice(order.indexOf(Command.READ), order.lastIndexOf(Command.CREATE));
    expect(reads.every((command) => command === Command.READ)).toBe(true);
    // Those that the credits paid for, and not one more.
    expect(reads.length).toBeLessThan(20);
    await file.close();
    await expectCleanEnd(parties);
  });
});

describe('a read stream', () => {
  it('has several reads in flight, and asks for no more than is taken', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    const chunks = 4 * transferDepth;
    server.fileSystem.writeFile('big', Buffer.alloc(chunks * transferChunkBytes));
    const file = await tree.open('big');
    const held = server.holdFrames();
    const stream = file.readStream();
    const first = stream.next();
    for (let i = 0; i < transferDepth; i += 1) await server.received(Command.READ);
    held.release();
    expect((await first).value).toHaveLength(transferChunkBytes);
    await settle();
    // Nobody takes the next: nothing more is asked for.
    expect(of(server, Command.READ)).toHaveLength(transferDepth);
    await stream.next();
    await settle();
    expect(of(server, Command.READ).length).toBeLessThanOrEqual(transferDepth + 1);
    let rest = 0;
    for await (const bytes of stream) rest += bytes.length;
    expect(rest).toBe((chunks - 2) * transferChunkBytes);
    await file.close();
    await expectCleanEnd(parties);
  });

  it('of an empty file is empty, and of no bytes too', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    server.fileSystem.writeFile('empty');
    server.fileSystem.writeFile('file', 'content');
    const empty = await tree.open('empty');
    const file = await tree.open('file');
    expect(await empty.readStream().next()).toEqual({ done: true, value: undefined });
    const nothing = file.readStream({ start: 3, end: 3 });
    expect(await nothing.next()).toEqual({ done: true, value: undefined });
    expect(await file.read(0, 0)).toHaveLength(0);
    expect(of(server, Command.READ)).toHaveLength(0);
    expect(await tree.readFile('empty')).toHaveLength(0);
    expect(await tree.writeFile('none', Buffer.alloc(0))).toBe(0);
    await empty.close();
    await file.close();
    await expectCleanEnd(parties);
  });

  it('may begin far beyond 4 GiB, as writing may', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    server.fileSystem.writeFile('far');
    const file = await tree.open('far', { access: 'readwrite' });
    const fault = answerWith(success(encodeWriteResponse({ count: 5 })));
    server.inject({ command: Command.WRITE, times: Infinity, fault });
    for (const offset of [2 ** 32 - 3, 2 ** 32 + 5, 2 ** 52 + 1]) {
      expect(await file.read(offset, 10)).toHaveLength(0);
      await file.writeAll(Buffer.from('hello'), { offset });
      const read = of(server, Command.READ).at(-1)!;
      expect(decodeReadRequest(read.message).offset).toBe(offset);
      const written = of(server, Command.WRITE).at(-1)!;
      expect(decodeWriteRequest(written.message).offset).toBe(offset);
    }
    await file.close();
    await expectCleanEnd(parties);
  });
});

describe('a write stream', () => {
  it('has several writes in flight, and takes no more from its source than it can send', async () => {
    const { connection, server, tree } = await converse({ client: { closeTimeoutMs: 50 } });
    server.inject({ command: Command.WRITE, times: Infinity, fault: never });
    let taken = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      for (; taken < 1_000; taken += 1) yield Buffer.alloc(1_000);
    }
    const writing = tree.writeFile('file', source()).catch(() => undefined);
    for (let i = 0; i < transferDepth; i += 1) await server.received(Command.WRITE);
    await settle();
    expect(of(server, Command.WRITE)).toHaveLength(transferDepth);
    expect(taken).toBeLessThanOrEqual(transferDepth + 1);
    await connection.close();
    await writing;
  });
});

describe('a file id', () => {
  it('stays with its file when it is renamed', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    server.fileSystem.writeFile('old');
    const { fileId } = await tree.stat('old');
    expect(fileId).toBeDefined();
    await tree.rename('old', 'new');
    expect((await tree.stat('new')).fileId).toBe(fileId);
    await expectCleanEnd(parties);
  });
});

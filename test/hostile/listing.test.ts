import { describe, expect, it } from 'vitest';
import { Status } from '../../src/smb/status.ts';
import { encodeDirectoryEntries, InfoClass } from '../../src/smb/wire/directory-entry.ts';
import type { DirectoryEntry } from '../../src/smb/wire/directory-entry.ts';
import { Command } from '../../src/smb/wire/header.ts';
import { encodeOutputBufferResponse } from '../../src/smb/wire/output-buffer.ts';
import { decodeQueryDirectoryRequest } from '../../src/smb/wire/query-directory.ts';
import { encodeReadResponse } from '../../src/smb/wire/read.ts';
import { encodeWriteResponse } from '../../src/smb/wire/write.ts';
import { answerAfter, answerWith, failWith } from '../fake-server/faults.ts';
import type { FaultRule } from '../fake-server/faults.ts';
import type { FakeRequest } from '../fake-server/protocol.ts';
import { success } from '../fake-server/replies.ts';
import { codeOf, converse, expectCleanEnd } from './conversation.ts';
import type { Conversation } from './conversation.ts';

async function namesOf({ tree }: Conversation, options = {}): Promise<string[]> {
  const names: string[] = [];
  for await (const page of tree.list('', options)) names.push(...page.map(({ name }) => name));
  return names.sort();
}

function furnish({ server }: Conversation, count: number): string[] {
  const names = Array.from({ length: count }, (_, i) => `file-${String(i).padStart(5, '0')}`);
  for (const name of names) server.fileSystem.writeFile(name);
  return names;
}

const query = ({ message }: FakeRequest): ReturnType<typeof decodeQueryDirectoryRequest> =>
  decodeQueryDirectoryRequest(message);

const QUERY = { command: Command.QUERY_DIRECTORY, times: Infinity } as const;

const page = (...entries: Partial<DirectoryEntry>[]): FaultRule['fault'] =>
  answerWith(
    success(
      encodeOutputBufferResponse(
        encodeDirectoryEntries(
          entries.map((entry) => ({
            name: 'x',
            attributes: 0,
            size: 0,
            allocationSize: 0,
            createdMs: 0,
            accessedMs: 0,
            modifiedMs: 0,
            changedMs: 0,
            ...entry,
          })),
          InfoClass.ID_BOTH,
        ),
      ),
    ),
  );

describe('a listing', () => {
  it('is complete whatever the size of the directory and of the pages', async () => {
    for (const [count, pageBytes] of [
      [0, undefined],
      [1, undefined],
      [3_000, undefined],
      [200, 400],
      [3_000, 65_536],
    ] as const) {
      const parties = await converse();
      const names = furnish(parties, count);
      expect(await namesOf(parties, { pageBytes })).toEqual(names);
      await expectCleanEnd(parties);
    }
  });

  it('uses what the server knows when it knows less', async () => {
    for (const known of [InfoClass.BOTH, InfoClass.FULL, InfoClass.DIRECTORY]) {
      for (const status of [
        Status.INVALID_INFO_CLASS,
        Status.NOT_SUPPORTED,
        Status.INVALID_PARAMETER,
      ]) {
        const parties = await converse();
        const names = furnish(parties, 20);
        parties.server.inject({
          ...QUERY,
          when: (request) => query(request).infoClass !== known,
          fault: failWith(status),
        });
        expect(await namesOf(parties)).toEqual(names);
        await expectCleanEnd(parties);
      }
    }
  });

  it('takes smaller pages when the server refuses large ones', async () => {
    const parties = await converse();
    const names = furnish(parties, 3_000);
    parties.server.inject({
      ...QUERY,
      when: (request) => query(request).outputBufferLength > 65_536,
      fault: failWith(Status.INVALID_PARAMETER),
    });
    expect(await namesOf(parties)).toEqual(names);
    await expectCleanEnd(parties);
  });

  it('gives up with the reason when the server knows nothing', async () => {
    const parties = await converse();
    parties.server.inject({ ...QUERY, fault: failWith(Status.NOT_SUPPORTED) });
    expect(await codeOf(namesOf(parties))).toBe('unsupported');
    await expectCleanEnd(parties);
  });

  it('of which a later page fails is a failure, not a short listing', async () => {
    for (const status of [Status.ACCESS_DENIED, Status.INTERNAL_ERROR, Status.IO_TIMEOUT]) {
      const parties = await converse();
      furnish(parties, 3_000);
      parties.server.inject({ ...QUERY, skip: 4, fault: failWith(status) });
      const code = await codeOf(namesOf(parties, { pageBytes: 65_536 }));
      expect(code).toMatch(/access_denied|io_error|timeout/);
      await expectCleanEnd(parties);
    }
  });

  it('that brings nothing for ever ends in an error', async () => {
    const empty = {
      ...QUERY,
      fault: answerWith(success(encodeOutputBufferResponse(Buffer.alloc(0)))),
    };
    const parties = await converse();
    parties.server.inject(empty);
    expect(await codeOf(namesOf(parties))).toBe('protocol_error');
    await expectCleanEnd(parties);
  });

  it('that is too large for any buffer ends in an error', async () => {
    const parties = await converse();
    parties.server.inject({ ...QUERY, fault: failWith(Status.BUFFER_OVERFLOW) });
    expect(await codeOf(namesOf(parties))).toBe('io_error');
    await expectCleanEnd(parties);
  });

  it('asks for more room where an entry in its midst needs it', async () => {
    for (const status of [Status.BUFFER_OVERFLOW, Status.INFO_LENGTH_MISMATCH]) {
      const parties = await converse();
      const names = furnish(parties, 3_000);
      const small = (request: FakeRequest): boolean => query(request).outputBufferLength < 9_000;
      parties.server.inject({ ...QUERY, skip: 5, when: small, fault: failWith(status) });
      expect(await namesOf(parties, { pageBytes: 4_096 })).toEqual(names);
      await expectCleanEnd(parties);
    }
  });

  it('has room for the longest name, whatever the caller says', async () => {
    const parties = await converse();
    const long = Array.from({ length: 20 }, (_, i) => `${'\u{e9}'.repeat(250)}${i}`);
    for (const name of long) parties.server.fileSystem.writeFile(name);
    expect(await namesOf(parties, { pageBytes: 1 })).toEqual(long.sort());
    await expectCleanEnd(parties);
  });

  it('that the server refuses in every form changes nothing for the next', async () => {
    const parties = await converse();
    const names = furnish(parties, 20);
    const odd = (request: FakeRequest): boolean => query(request).pattern === 'odd';
    parties.server.inject({ ...QUERY, when: odd, fault: failWith(Status.INVALID_PARAMETER) });
    expect(await codeOf(namesOf(parties, { pattern: 'odd' }))).toBe('io_error');
    for await (const entries of parties.tree.list('')) {
      expect(entries.map(({ name }) => name).sort()).toEqual(names);
      for (const { fileId } of entries) expect(fileId).toBeDefined();
    }
    await expectCleanEnd(parties);
  });

  it('whose entries make no sense is a protocol error, and the connection lives on', async () => {
    const parties = await converse();
    const { connection, server } = parties;
    for (const bytes of [Buffer.alloc(50), Buffer.alloc(200, 0xff), Buffer.alloc(104)]) {
      const fault = answerWith(success(encodeOutputBufferResponse(bytes)));
      server.inject({ command: Command.QUERY_DIRECTORY, fault });
      expect(await codeOf(namesOf(parties))).toMatch(/protocol_error|succeeded/);
    }
    expect(connection.diagnostics().state).toBe('open');
    await expectCleanEnd(parties);
  });

  it('can be left in the middle', async () => {
    const parties = await converse();
    furnish(parties, 3_000);
    for await (const entries of parties.tree.list('', { pageBytes: 65_536 })) {
      expect(entries.length).toBeGreaterThan(0);
      break;
    }
    await parties.server.received(Command.CLOSE);
    await expectCleanEnd(parties);
  });
});

describe('a walk', () => {
  it('tells of directories that cannot be listed, and goes on', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    for (const name of ['a', 'b', 'c']) server.fileSystem.writeFile(`${name}/file`);
    server.inject({ command: Command.CREATE, skip: 2, fault: failWith(Status.ACCESS_DENIED) });
    const steps: string[] = [];
    for await (const { path, entries, error } of tree.walk('')) {
      steps.push(`${path}: ${error?.code ?? entries.length}`);
    }
    expect(steps).toHaveLength(4);
    expect(steps.filter((step) => step.endsWith('access_denied'))).toHaveLength(1);
    await expectCleanEnd(parties);
  });

  it('never leaves the directory it was given', async () => {
    for (const name of ['..\\..', '..', '.', '/etc', 'a/../..', 'x\\y']) {
      const parties = await converse();
      const { server, tree } = parties;
      server.fileSystem.writeFile('dir/file');
      server.fileSystem.writeFile('dir/x/y/file');
      const paths: string[] = [];
      const codes: string[] = [];
      const walking = async (): Promise<void> => {
        for await (const { path, error } of tree.walk('dir')) {
          paths.push(path);
          if (error !== undefined) codes.push(error.code);
        }
      };
      // The whole listing of `dir` is one directory of that name.
      const attributes = 0x10;
      const end = failWith(Status.NO_MORE_FILES);
      server.inject({ command: Command.QUERY_DIRECTORY, fault: page({ name, attributes }) });
      server.inject({ command: Command.QUERY_DIRECTORY, fault: end });
      expect(await codeOf(walking())).toMatch(/succeeded|protocol_error/);
      // `.` and `..` are in every listing; any other name with a separator is told of.
      const isPath = codes.includes('invalid_path');
      expect(isPath).toBe(paths.length > 0 && !/^\.+$/.test(name));
      expect(paths.filter((path) => path !== 'dir')).toEqual(isPath ? [`dir/${name}`] : []);
      const opened = server.requests.filter(({ header }) => header.command === Command.CREATE);
      // The directory itself: asked who it is, and listed.
      expect(opened).toHaveLength(2);
      await expectCleanEnd(parties);
    }
  });
});

describe('reading', () => {
  it('asks again for what a short answer left out', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    const content = Buffer.from('0123456789'.repeat(100));
    server.fileSystem.writeFile('file', content);
    server.inject({
      command: Command.READ,
      times: 20,
      fault: ({ answer }) => {
        const data = answer().body.subarray(16, 16 + 7);
        return success(encodeReadResponse({ data }));
      },
    });
    expect((await tree.readFile('file')).equals(content)).toBe(true);
    const chunks: Buffer[] = [];
    await using file = await tree.open('file');
    for await (const chunk of file.readStream()) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(content)).toBe(true);
    await file.close();
    await expectCleanEnd(parties);
  });

  it('refuses more than it asked for, and data that is not there', async () => {
    for (const [body, code] of [
      [encodeReadResponse({ data: Buffer.alloc(500) }), 'protocol_error'],
      [encodeReadResponse({ data: Buffer.alloc(20) }).subarray(0, 20), 'protocol_error'],
      [Buffer.alloc(0), 'protocol_error'],
    ] as const) {
      const parties = await converse();
      const { server, tree } = parties;
      server.fileSystem.writeFile('file', 'x'.repeat(20));
      server.inject({ command: Command.READ, fault: answerWith(success(body)) });
      expect(await codeOf(tree.readFile('file'))).toBe(code);
      await expectCleanEnd(parties);
    }
  });

  it('tells when the file shrinks under it', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    server.fileSystem.writeFile('file', 'x'.repeat(100));
    await using file = await tree.open('file');
    server.fileSystem.writeFile('file', 'x'.repeat(10));
    const streaming = async (): Promise<void> => {
      for await (const chunk of file.readStream()) expect(chunk.length).toBeGreaterThan(0);
    };
    expect(await codeOf(streaming())).toBe('changed_while_reading');
    const ranges = [{ offset: 50, length: 10 }];
    expect(await codeOf(tree.readRanges('file', ranges))).toBe('changed_while_reading');
    const start = [{ offset: 0, length: 5 }];
    expect(await codeOf(tree.readRanges('file', start, { expectedSize: 100 }))).toBe(
      'changed_while_reading',
    );
    await file.close();
    await expectCleanEnd(parties);
  });
});

describe('writing', () => {
  /** Gives one piece, and then nothing for ever. */
  async function* stalling(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('begin');
    await new Promise(() => undefined);
  }

  it('can be aborted while its source has nothing', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    const controller = new AbortController();
    const { signal } = controller;
    const writing = codeOf(tree.writeFile('file', stalling(), { signal }));
    await server.received(Command.WRITE);
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
    controller.abort();
    expect(await writing).toBe('aborted');
    await expectCleanEnd(parties);
  });

  it('fails with the connection while its source has nothing, and with the server', async () => {
    const cut = await converse();
    const writing = codeOf(cut.tree.writeFile('file', stalling()));
    await cut.server.received(Command.CREATE);
    cut.server.inject({ command: Command.WRITE, fault: answerAfter(new Promise(() => undefined)) });
    await cut.server.received(Command.WRITE);
    cut.server.hangUp();
    expect(await writing).toBe('disconnected');
    const full = await converse();
    full.server.inject({ command: Command.WRITE, fault: failWith(Status.DISK_FULL) });
    expect(await codeOf(full.tree.writeFile('file', stalling()))).toBe('disk_full');
    await expectCleanEnd(full);
  });

  it('sends again what the server did not take, and refuses wild counts', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    server.inject({
      command: Command.WRITE,
      fault: ({ answer }) => ({ ...answer(), body: encodeWriteResponse({ count: 3 }) }),
    });
    await tree.writeFile('file', Buffer.from('0123456789'));
    expect(String(server.fileSystem.find('file')?.content)).toBe('0123456789');
    for (const count of [0, 11, 0xffffffff]) {
      const fault = answerWith(success(encodeWriteResponse({ count })));
      server.inject({ command: Command.WRITE, fault });
      expect(await codeOf(tree.writeFile('file', Buffer.alloc(10)))).toBe('protocol_error');
    }
    await expectCleanEnd(parties);
  });

  it('tells when there is no room', async () => {
    const parties = await converse();
    const { server, tree } = parties;
    server.inject({ command: Command.WRITE, skip: 1, fault: failWith(Status.DISK_FULL) });
    expect(await codeOf(tree.writeFile('file', Buffer.alloc(5_000_000)))).toBe('disk_full');
    await expectCleanEnd(parties);
  });
});

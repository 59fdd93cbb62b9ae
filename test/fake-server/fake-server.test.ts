import { describe, expect, it } from 'vitest';
import { verifySignature } from '../../src/smb/crypto/signing.ts';
import { memoryTransportPair } from '../../src/smb/net/memory-transport.ts';
import { Status } from '../../src/smb/status.ts';
import { encodeChangeNotifyRequest } from '../../src/smb/wire/change-notify.ts';
import { encodeCloseRequest } from '../../src/smb/wire/close.ts';
import {
  Access,
  CreateOption,
  decodeCreateResponse,
  Disposition,
  encodeCreateRequest,
} from '../../src/smb/wire/create.ts';
import { decodeDirectoryEntries, InfoClass } from '../../src/smb/wire/directory-entry.ts';
import { encodeEmptyBody } from '../../src/smb/wire/empty-body.ts';
import { Command, HeaderFlag, HEADER_SIZE } from '../../src/smb/wire/header.ts';
import { align8 } from '../../src/smb/wire/layout.ts';
import { decodeNotifyRecords, NotifyAction } from '../../src/smb/wire/notify-records.ts';
import { decodeOutputBufferResponse } from '../../src/smb/wire/output-buffer.ts';
import { encodeQueryDirectoryRequest } from '../../src/smb/wire/query-directory.ts';
import { FakeServer } from './fake-server.ts';
import {
  cutOffAfter,
  editBody,
  editHeader,
  failWith,
  loseAnswer,
  loseRequest,
  protect,
  repeat,
} from './faults.ts';
import { HandmadeClient } from './handmade-client.ts';
import type { Received } from './handmade-client.ts';
import type { FakeServerOptions } from './options.ts';

const FROM_SERVER = { response: true, cancel: false };
const ECHO = encodeEmptyBody();

function conversation(options: Partial<FakeServerOptions> = {}): {
  client: HandmadeClient;
  server: FakeServer;
} {
  const [near, far] = memoryTransportPair();
  return { client: new HandmadeClient(near), server: new FakeServer(far, options) };
}

function createBody(name: string, options = 0): Buffer {
  return encodeCreateRequest({
    oplockLevel: 0,
    impersonation: 2,
    desiredAccess: Access.GENERIC_READ,
    fileAttributes: 0,
    shareAccess: 7,
    disposition: Disposition.OPEN,
    options,
    name,
    contexts: [],
  });
}

function queryBody(fileId: Buffer, outputBufferLength: number): Buffer {
  return encodeQueryDirectoryRequest({
    infoClass: InfoClass.ID_BOTH,
    flags: 0,
    fileIndex: 0,
    fileId,
    pattern: '*',
    outputBufferLength,
  });
}

const namesIn = ({ message }: Received): string[] =>
  decodeDirectoryEntries(decodeOutputBufferResponse(message), InfoClass.ID_BOTH).map(
    ({ name }) => name,
  );

async function openDirectory(client: HandmadeClient, name = ''): Promise<Buffer> {
  const answer = await client.ask(Command.CREATE, createBody(name, CreateOption.DIRECTORY_FILE));
  return decodeCreateResponse(answer.message).fileId;
}

describe('FakeServer', () => {
  it('lets a user in, signs, and finds nothing to complain about', async () => {
    const { client, server } = conversation();
    const { header } = await client.begin();
    expect(header.status).toBe(Status.SUCCESS);
    expect(client.treeId).toBeGreaterThan(0);
    const answer = await client.ask(Command.ECHO, ECHO);
    const { messageId } = answer.header;
    expect(verifySignature(client.signer!, [answer.message], messageId, FROM_SERVER)).toBe(true);
    expect(server.violations).toEqual([]);
  });

  it('refuses a wrong password, and a share it does not have', async () => {
    const stranger = conversation();
    const refusal = await stranger.client.begin({ password: 'wrong' });
    expect(refusal.header.status).toBe(Status.LOGON_FAILURE);
    const lost = await conversation().client.begin({ share: 'other' });
    expect(lost.header.status).toBe(Status.BAD_NETWORK_NAME);
  });

  it('lists in pages until there are no more', async () => {
    const { client, server } = conversation();
    for (let i = 0; i < 10; i += 1) server.fileSystem.writeFile(`file-${i}`, 'x');
    await client.begin();
    const fileId = await openDirectory(client);
    const names: string[] = [];
    for (;;) {
      const page = await client.ask(Command.QUERY_DIRECTORY, queryBody(fileId, 500));
      if (page.header.status === Status.NO_MORE_FILES) break;
      names.push(...namesIn(page));
    }
    expect(names).toHaveLength(10);
    expect(server.violations).toEqual([]);
  });

  it('answers a compound in one frame, its messages sharing one handle', async () => {
    const { client, server } = conversation();
    server.fileSystem.writeFile('dir/file');
    await client.begin();
    const related = { flags: HeaderFlag.RELATED };
    const same = Buffer.alloc(16, 0xff);
    const create = createBody('dir');
    const padded = Buffer.concat([create, Buffer.alloc(align8(create.length) - create.length)]);
    client.send(
      client.message(Command.CREATE, padded, { nextCommand: HEADER_SIZE + padded.length }),
      client.message(Command.QUERY_DIRECTORY, queryBody(same, 4096), related),
    );
    expect((await client.received.next()).header.command).toBe(Command.CREATE);
    expect(namesIn(await client.received.next())).toEqual(['file']);
    expect(client.frames).toHaveLength(5);
    expect(server.violations).toEqual([]);
  });

  it('keeps a notify pending until something changes, and cancels it', async () => {
    const { client, server } = conversation();
    await client.begin();
    const fileId = await openDirectory(client);
    const body = encodeChangeNotifyRequest({
      flags: 0,
      outputBufferLength: 4096,
      fileId,
      completionFilter: 0x17,
    });
    const interim = await client.ask(Command.CHANGE_NOTIFY, body);
    expect(interim.header).toMatchObject({ status: Status.PENDING, credits: 10 });
    server.fileSystem.writeFile('new', 'x');
    const final = await client.received.next();
    expect(final.header).toMatchObject({ status: Status.SUCCESS, credits: 0 });
    expect(final.header.asyncId).toBe(interim.header.asyncId);
    const records = decodeNotifyRecords(decodeOutputBufferResponse(final.message), {
      recursive: false,
    });
    expect(records).toEqual([{ action: NotifyAction.ADDED, name: 'new' }]);

    const { asyncId, messageId } = (await client.ask(Command.CHANGE_NOTIFY, body)).header;
    const header = { flags: HeaderFlag.ASYNC, asyncId, messageId };
    const cancelled = await client.ask(Command.CANCEL, ECHO, header);
    expect(cancelled.header.status).toBe(Status.CANCELLED);
    expect(server.pendingNotifies.filter(({ operation }) => operation.isPending)).toEqual([]);

    await client.ask(Command.CHANGE_NOTIFY, body);
    client.send(client.message(Command.CLOSE, encodeCloseRequest({ flags: 0, fileId })));
    expect((await client.received.next()).header.status).toBe(Status.NOTIFY_CLEANUP);
    expect((await client.received.next()).header.command).toBe(Command.CLOSE);
    expect(server.violations).toEqual([]);
  });

  it('notices what a client must not do', async () => {
    const { client, server } = conversation();
    await client.begin();
    const { signer } = client;
    client.signer = undefined;
    await client.ask(Command.ECHO, ECHO);
    client.signer = signer;
    const forged = client.message(Command.ECHO, ECHO);
    forged[50]! ^= 1;
    client.send(forged);
    await client.received.next();
    await client.ask(Command.ECHO, ECHO, { messageId: 400 });
    expect(server.violations).toEqual([
      'ECHO came unsigned',
      'ECHO came with a wrong signature',
      expect.stringContaining('ECHO has id 400'),
      expect.stringContaining('ECHO goes beyond'),
    ]);
  });

  it('demands a new logon of a session that expired', async () => {
    const { client, server } = conversation();
    await client.begin();
    server.expireSessions();
    const refused = await client.ask(Command.CREATE, createBody(''));
    expect(refused.header.status).toBe(Status.NETWORK_SESSION_EXPIRED);
    expect((await client.logOn('secret')).header.status).toBe(Status.SUCCESS);
    expect((await client.ask(Command.CREATE, createBody(''))).header.status).toBe(0);
  });
});

describe('faults', () => {
  it('lose requests and answers', async () => {
    const { client, server } = conversation();
    await client.begin();
    server.inject({ command: Command.ECHO, times: 2, fault: loseRequest });
    server.inject({ command: Command.CREATE, fault: loseAnswer });
    client.send(client.message(Command.ECHO, ECHO));
    client.send(client.message(Command.ECHO, ECHO));
    client.send(client.message(Command.CREATE, createBody('')));
    const answer = await client.ask(Command.ECHO, ECHO);
    expect(answer.header.messageId).toBe(client.nextMessageId - 1);
    expect(server.opens.size).toBe(1);
  });

  it('let some through before they strike', async () => {
    const { client, server } = conversation();
    await client.begin();
    const fault = failWith(Status.INSUFFICIENT_RESOURCES);
    server.inject({ command: Command.ECHO, skip: 1, times: 1, fault });
    const statuses: number[] = [];
    for (let i = 0; i < 3; i += 1) {
      statuses.push((await client.ask(Command.ECHO, ECHO)).header.status);
    }
    expect(statuses).toEqual([0, Status.INSUFFICIENT_RESOURCES, 0]);
  });

  it('spoil bodies, headers and signatures', async () => {
    const { client, server } = conversation();
    await client.begin();
    const command = Command.ECHO;
    server.inject({ command, fault: editBody((body) => body.fill(0xee)) });
    server.inject({ command, fault: editHeader({ messageId: 77 }) });
    server.inject({ command, fault: protect('wrong') });
    server.inject({ command, fault: protect('none') });
    expect((await client.ask(command, ECHO)).message.subarray(64).toString('hex')).toBe('eeeeeeee');
    expect((await client.ask(command, ECHO)).header.messageId).toBe(77);
    const wrong = await client.ask(command, ECHO);
    const { messageId } = wrong.header;
    expect(verifySignature(client.signer!, [wrong.message], messageId, FROM_SERVER)).toBe(false);
    const none = await client.ask(command, ECHO);
    expect(none.header.flags & HeaderFlag.SIGNED).toBe(0);
    expect(none.message.subarray(48, 64)).toEqual(Buffer.alloc(16));
  });

  it('repeat answers and cut them off', async () => {
    const { client, server } = conversation();
    await client.begin();
    server.inject({ command: Command.ECHO, fault: repeat(2) });
    server.inject({ command: Command.ECHO, fault: cutOffAfter(30) });
    const first = await client.ask(Command.ECHO, ECHO);
    expect((await client.received.next()).message).toEqual(first.message);
    const before = client.frames.length;
    client.send(client.message(Command.ECHO, ECHO));
    await server.received(Command.ECHO);
    await server.received(Command.ECHO);
    server.hangUp();
    await server.disconnected;
    expect(client.frames).toHaveLength(before);
  });

  it('turn the order of frames round', async () => {
    const { client, server } = conversation();
    await client.begin();
    const held = server.holdFrames();
    client.send(client.message(Command.ECHO, ECHO));
    client.send(client.message(Command.ECHO, ECHO));
    await server.received(Command.ECHO);
    await server.received(Command.ECHO);
    held.release((frames) => frames.toReversed());
    const first = await client.received.next();
    const second = await client.received.next();
    expect(first.header.messageId).toBe(second.header.messageId + 1);
  });
});

import { describe, expect, it } from 'vitest';
import { decodeChangeNotifyRequest } from '../../src/smb/wire/change-notify.ts';
import {
  Access,
  CreateOption,
  Disposition,
  Impersonation,
  Share,
  decodeCreateRequest,
} from '../../src/smb/wire/create.ts';
import { Command } from '../../src/smb/wire/header.ts';
import { decodeNegotiateRequest } from '../../src/smb/wire/negotiate.ts';
import { converse } from './conversation.ts';
import { startWatching } from './watching.ts';

/** What a server is asked for; MS-SMB2 2.2.13, 2.2.35. */
describe('a watch on the wire', () => {
  it('opens its directory to list it, and lets others do anything with it', async () => {
    const { connection, server } = await startWatching();
    const [open] = server.requests.filter(({ header }) => header.command === Command.CREATE);
    const request = decodeCreateRequest(open!.message);
    expect(request).toMatchObject({
      desiredAccess: Access.LIST_DIRECTORY | Access.READ_ATTRIBUTES | Access.SYNCHRONIZE,
      // Who wants to delete or rename it, or anything in it, may.
      shareAccess: Share.READ | Share.WRITE | Share.DELETE,
      disposition: Disposition.OPEN,
      impersonation: Impersonation.IMPERSONATION,
    });
    expect(request.options & CreateOption.DIRECTORY_FILE).not.toBe(0);
    await connection.close();
  });

  it.each([
    [false, 0],
    [true, 1],
  ])('asks for names, sizes, times and attributes in 64 KiB; recursive: %s', async (deep, tree) => {
    const { connection, server } = await startWatching({}, { recursive: deep });
    const [notify] = server.requests.filter(
      ({ header }) => header.command === Command.CHANGE_NOTIFY,
    );
    expect(decodeChangeNotifyRequest(notify!.message)).toMatchObject({
      // FILE_NAME, DIR_NAME, ATTRIBUTES, SIZE, LAST_WRITE, CREATION.
      completionFilter: 0x01 | 0x02 | 0x04 | 0x08 | 0x10 | 0x40,
      flags: tree,
      outputBufferLength: 65_536,
    });
    await connection.close();
  });

  it('comes from a client with a name of its own: a random GUID', async () => {
    const guids = new Set<string>();
    for (let i = 0; i < 3; i += 1) {
      const { connection, server } = await converse();
      const { clientGuid } = decodeNegotiateRequest(server.requests[0]!.message);
      expect(clientGuid.equals(Buffer.alloc(16))).toBe(false);
      guids.add(clientGuid.toString('hex'));
      await connection.close();
    }
    expect(guids.size).toBe(3);
  });
});

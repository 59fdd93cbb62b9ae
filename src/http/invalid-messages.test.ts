import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DoorServer } from '../../test/support/door-server.ts';

let server: DoorServer;
beforeEach(async () => {
  server = await DoorServer.start();
});
afterEach(() => server.stop());

describe('what cannot be understood', () => {
  it.each([
    'no json',
    '',
    '[]',
    'null',
    '5',
    '{}',
    '{"action":"shout"}',
    '{"action":"subscribe"}',
    '{"action":"subscribe","connection_id":""}',
    '{"action":"subscribe","connection_id":5}',
    '{"action":"subscribe","connection_id":"data","path":5}',
    '{"action":"subscribe","connection_id":"data","recursive":"deep"}',
    '{"action":"subscribe","connection_id":"data","detail":"all"}',
    '{"action":"subscribe","connection_id":"data","resume":5}',
    '{"action":"subscribe","connection_id":"data","resume":{"epoch":"e","seq":-1}}',
    '{"action":"refresh"}',
    '{"action":"unsubscribe"}',
    '{"action":"authenticate","token":5}',
    '{"action":"ping","request_id":{}}',
  ])('is answered and the socket stays open: %s', async (text) => {
    const client = server.client();
    const reply = await client.ask(text);
    expect(reply).toMatchObject({ type: 'error', code: 'invalid_message' });
    expect(typeof reply['message']).toBe('string');
    expect(await client.untilPong()).toEqual([]);
    expect(server.runtime.subscriptions).toEqual([]);
  });

  it('is answered with what could be read of it', async () => {
    const known = { connection_id: 'data', path: 'a', request_id: 'r' };
    const reply = await server.client().ask({ action: 'subscribe', ...known, detail: 'all' });
    expect(reply).toMatchObject({ code: 'invalid_message', ...known });
  });

  it('may be binary', async () => {
    const client = server.client();
    await client.opened;
    client.socket.send(Buffer.from('{"action":"ping"}'), { binary: true });
    expect(await client.next()).toMatchObject({ type: 'error', code: 'invalid_message' });
  });

  it('and is too long closes the socket with 1009', async () => {
    const client = server.client();
    await client.send({ action: 'ping', filler: 'x'.repeat(65_536) });
    expect(await client.closed).toMatchObject({ code: 1009 });
  });
});

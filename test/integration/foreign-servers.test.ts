import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { connect } from '../../src/smb/index.ts';
import { startSamba } from '../servers/samba.ts';

describe('a server that is not what we need', () => {
  it('is told as unsupported when it speaks only SMB 1', async () => {
    const global = ['server min protocol = NT1', 'server max protocol = NT1'];
    const samba = await startSamba({ variant: 'default', global });
    try {
      await expect(connect({ host: '127.0.0.1', port: samba.port })).rejects.toMatchObject({
        code: 'unsupported',
      });
    } finally {
      await samba.stop();
    }
  });

  it('is told as unsupported when there is no dialect in common', async () => {
    const samba = await startSamba({ variant: 'smb311only' });
    try {
      const options = { host: '127.0.0.1', port: samba.port, dialects: { max: '3.0.2' } } as const;
      await expect(connect(options)).rejects.toMatchObject({ code: 'unsupported' });
    } finally {
      await samba.stop();
    }
  });

  it('is told as encryption_required when it cannot encrypt and we insist', async () => {
    const samba = await startSamba({ variant: 'smb210' });
    try {
      const options = { host: '127.0.0.1', port: samba.port, encryption: 'required' } as const;
      await expect(connect(options)).rejects.toMatchObject({ code: 'encryption_required' });
    } finally {
      await samba.stop();
    }
  });

  it.each([
    ['answers in another protocol', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'protocol_error'],
    ['hangs up at once', '', 'unsupported'],
  ])('ends in a typed error when it %s', async (_, answer, code) => {
    const server = net.createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.once('data', () => socket.end(answer));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    await expect(connect({ host: '127.0.0.1', port })).rejects.toMatchObject({ code });
    server.close();
  });

  it('is told as timeout when it says nothing', async () => {
    const sockets: net.Socket[] = [];
    const server = net.createServer((socket) => sockets.push(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    const options = { host: '127.0.0.1', port, connectTimeoutMs: 200 };
    await expect(connect(options)).rejects.toMatchObject({ code: 'timeout' });
    for (const socket of sockets) socket.destroy();
    server.close();
  });
});

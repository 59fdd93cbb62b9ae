import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { framePrefix } from '../../src/smb/net/frame-reader.ts';
import { SMB_DEFAULTS } from '../../src/smb/defaults.ts';
import { Command } from '../../src/smb/wire/header.ts';
import { loseRequest } from '../fake-server/faults.ts';
import { chunksOf } from '../fake-server/faults.ts';
import { codeOf, converse, dial, expectEnded } from './conversation.ts';
import type { Setup } from './conversation.ts';

/** What comes out of bytes that arrive while a request waits. */
async function outcomeOf(bytes: Buffer, setup: Setup = {}): Promise<string> {
  const { connection, server, tree } = await converse(setup);
  server.inject({ command: Command.CREATE, fault: loseRequest });
  const waiting = codeOf(tree.stat(''));
  await server.received(Command.CREATE);
  server.sendRaw(bytes);
  server.hangUp();
  const code = await waiting;
  expect((await connection.closed).code).toBe(code);
  return code;
}

const framed = (message: Buffer): Buffer => Buffer.concat([framePrefix([message]), message]);

describe('bytes that are no answers', () => {
  it('end the connection when no frame can begin with them', async () => {
    for (const bytes of [
      Buffer.from('85000000', 'hex'),
      Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
      Buffer.from('ff', 'hex'),
      Buffer.alloc(4),
      framed(Buffer.alloc(100, 0xfe)),
      framed(Buffer.from('fe534d42', 'hex')),
    ]) {
      expect(await outcomeOf(bytes), bytes.toString('hex')).toMatch(
        // One byte decides nothing yet.
        bytes.length === 1 ? /protocol_error|disconnected/ : /protocol_error/,
      );
    }
  });

  it('are not waited for when they announce more than was agreed on', async () => {
    const setup = {
      server: { maxReadBytes: 65_536, maxWriteBytes: 65_536, maxTransactBytes: 65_536 },
    };
    const most = 65_536 + SMB_DEFAULTS.frameSlackBytes;
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32BE(0xffffff);
    expect(await outcomeOf(prefix, setup)).toBe('protocol_error');
    prefix.writeUInt32BE(Math.max(most, SMB_DEFAULTS.initialFrameBytes) + 1);
    expect(await outcomeOf(prefix, setup)).toBe('protocol_error');
  });

  it('are not waited for before anything was agreed on either', async () => {
    const { server, connecting } = dial({
      prepare: (fake) => fake.inject({ fault: loseRequest }),
    });
    await server.received(Command.NEGOTIATE);
    server.sendRaw(Buffer.from('00ffffff', 'hex'));
    expect(await codeOf(connecting)).toMatch(/protocol_error|unsupported/);
  });

  it('end in a typed error whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.boolean(), async (bytes, asFrame) => {
        const buffer = Buffer.from(bytes);
        const code = await outcomeOf(asFrame ? framed(buffer) : buffer);
        expect(code).toMatch(/protocol_error|disconnected|signature_invalid|unsupported/);
      }),
      { numRuns: 200 },
    );
  });

  it('end in a typed error when they look like an answer and come in pieces', async () => {
    const head = Buffer.from('fe534d4240000100', 'hex');
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 56, maxLength: 200 }),
        fc.nat(8),
        async (bytes, messageId) => {
          const message = Buffer.concat([head, Buffer.from(bytes)]);
          message.writeUInt32LE(0, 20);
          message.writeBigUInt64LE(BigInt(messageId), 24);
          const code = await outcomeOf(framed(message), { toClient: chunksOf(9) });
          expect(code).toMatch(/protocol_error|disconnected|signature_invalid/);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('cost no more memory than they have bytes, a frame at most', async () => {
    const { connection, server } = await converse();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    // Ten thousand answers that nobody asked for.
    const stray = Buffer.from(`fe534d4240${'00'.repeat(200)}`, 'hex');
    stray.writeUInt32LE(1, 16);
    stray.writeBigUInt64LE(12_345_678n, 24);
    for (let i = 0; i < 10_000; i += 1) server.sendRaw(framed(stray));
    server.hangUp();
    await expectEnded(connection, 'disconnected');
    expect(connection.diagnostics().strayAnswers).toBe(10_000);
    const after = process.memoryUsage();
    const grown = after.heapUsed + after.arrayBuffers - heapUsed - arrayBuffers;
    expect(grown).toBeLessThan(64 * 1024 * 1024);
  });
});

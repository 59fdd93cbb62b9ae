import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../src/smb/index.ts';
import type { Fault } from '../fake-server/faults.ts';
import { editBody, onWire } from '../fake-server/faults.ts';
import type { FakeServer } from '../fake-server/fake-server.ts';
import { codeOf, converse, dial, UNPROTECTED } from './conversation.ts';
import type { Conversation, Setup } from './conversation.ts';

/** Something a client does, and how many answers it takes at least. */
interface Operation {
  readonly name: string;
  readonly answers: number;
  readonly run: (conversation: Conversation) => Promise<unknown>;
}

async function drain(pages: AsyncIterable<unknown>): Promise<void> {
  for await (const page of pages) expect(page).toBeDefined();
}

const OPERATIONS: readonly Operation[] = [
  { name: 'connecting a share', answers: 1, run: ({ session }) => session.connectTree('data') },
  { name: 'a stat', answers: 2, run: ({ tree }) => tree.stat('dir/file') },
  { name: 'a small listing', answers: 4, run: ({ tree }) => drain(tree.list('dir')) },
  {
    name: 'a listing in pages',
    answers: 8,
    run: ({ tree }) => drain(tree.list('dir', { pageBytes: 200 })),
  },
  { name: 'a walk', answers: 4, run: ({ tree }) => drain(tree.walk('')) },
  { name: 'reading a file', answers: 3, run: ({ tree }) => tree.readFile('dir/file') },
  {
    name: 'reading ranges',
    answers: 4,
    run: ({ tree }) =>
      tree.readRanges('dir/file', [
        { offset: 0, length: 4 },
        { offset: 8, length: 4 },
      ]),
  },
  {
    name: 'writing a file',
    answers: 3,
    run: ({ tree }) => tree.writeFile('dir/new', Buffer.alloc(50)),
  },
  { name: 'making a directory', answers: 2, run: ({ tree }) => tree.mkdir(`dir/${Math.random()}`) },
  { name: 'setting times', answers: 3, run: ({ tree }) => tree.setTimes('dir', { modifiedAt: 1 }) },
  {
    name: 'a watch',
    answers: 2,
    run: async ({ tree, server }) => {
      const watch = tree.watch('dir', { recursive: true });
      await watch.armed;
      server.fileSystem.writeFile('dir/file', 'x');
      await watch[Symbol.asyncIterator]().next();
      await watch.close();
    },
  },
];

function furnish(server: FakeServer): void {
  // More than fits into the smallest page.
  for (const name of [
    'file',
    'other',
    'third',
    ...Array.from({ length: 9 }, (_, i) => `no-${i}`),
  ]) {
    server.fileSystem.writeFile(`dir/${name}`, 'some content of a file');
  }
}

const SETUP: Setup = { ...UNPROTECTED, prepare: furnish };

/** Long enough for whatever is still in memory between the two to arrive. */
async function untilQuiet(): Promise<void> {
  for (let turn = 0; turn < 12; turn += 1) await new Promise(setImmediate);
}

/** The operation ends by itself or when the server hangs up, in a value or a typed error. */
async function expectTypedEnd(server: FakeServer, operation: Promise<unknown>): Promise<void> {
  const outcome = codeOf(operation);
  await Promise.race([outcome, untilQuiet()]);
  server.hangUp();
  expect(['succeeded', ...Object.keys(ERROR_CODES)]).toContain(await outcome);
}

/** Runs an operation of which one answer goes wrong. */
async function runWith(
  { run }: Operation,
  fault: Fault,
  skip: number,
  setup: Setup = SETUP,
): Promise<void> {
  const conversation = await converse(setup);
  conversation.server.inject({ skip, fault });
  await expectTypedEnd(conversation.server, run(conversation));
}

const flip = (bit: number): ((bytes: Buffer) => Buffer) => {
  return (bytes) => {
    const damaged = Buffer.from(bytes);
    const at = bit % (bytes.length * 8);
    damaged[at >> 3]! ^= 1 << (at & 7);
    return damaged;
  };
};

const word = (at: number, value: number): ((bytes: Buffer) => Buffer) => {
  return (bytes) => {
    const damaged = Buffer.from(bytes);
    const size = Math.min(4, bytes.length);
    damaged.writeUIntLE(value % 2 ** (size * 8), at % (bytes.length - size + 1), size);
    return damaged;
  };
};

const anyWord = fc.constantFrom(
  0,
  1,
  2,
  63,
  64,
  0x7fff,
  0xffff,
  0x7fffffff,
  0x80000000,
  0xffffffff,
);

describe('an answer that is not what it should be', () => {
  for (const operation of OPERATIONS) {
    describe(`to ${operation.name}`, () => {
      const anyAnswer = fc.nat(operation.answers - 1);

      it('may have a bit turned over anywhere', async () => {
        await fc.assert(
          fc.asyncProperty(anyAnswer, fc.nat(4096), (skip, bit) =>
            runWith(
              operation,
              onWire((frame) => [flip(bit)(frame)]),
              skip,
            ),
          ),
          { numRuns: 150 },
        );
      });

      it('may have wild numbers in its body', async () => {
        await fc.assert(
          fc.asyncProperty(anyAnswer, fc.nat(200), anyWord, (skip, at, value) =>
            runWith(operation, editBody(word(at, value)), skip),
          ),
          { numRuns: 150 },
        );
      });

      it('may end anywhere', async () => {
        for (let skip = 0; skip < operation.answers; skip += 1) {
          for (let length = 0; length < 90; length += 3) {
            const shorter = editBody((body) => body.subarray(0, length));
            await runWith(operation, shorter, skip);
          }
        }
        await fc.assert(
          fc.asyncProperty(anyAnswer, fc.nat(250), (skip, length) =>
            runWith(
              operation,
              onWire((frame) => [frame.subarray(0, length)]),
              skip,
            ),
          ),
          { numRuns: 60 },
        );
      });

      it('may be anything', async () => {
        await fc.assert(
          fc.asyncProperty(anyAnswer, fc.uint8Array({ maxLength: 200 }), (skip, bytes) =>
            runWith(
              operation,
              editBody(() => Buffer.from(bytes)),
              skip,
            ),
          ),
          { numRuns: 60 },
        );
      });
    });
  }

  for (const [protection, server, code] of [
    ['signed', { ciphers: [] }, 'signature_invalid'],
    ['encrypted', {}, 'decryption_failed'],
  ] as const) {
    it(`is never believed on a session that is ${protection}`, async () => {
      for (const operation of OPERATIONS.filter(({ name }) => name !== 'a watch')) {
        for (let skip = 0; skip < operation.answers; skip += 1) {
          const conversation = await converse({ prepare: furnish, server });
          const fault = onWire((frame) => [flip((frame.length - 1) * 8)(frame)]);
          conversation.server.inject({ skip, fault });
          const outcome = codeOf(operation.run(conversation));
          const ended = conversation.connection.closed;
          expect((await ended).code, operation.name).toBe(code);
          // Nobody waits for the answer to a last CLOSE.
          expect([code, 'succeeded']).toContain(await outcome);
        }
      }
    });
  }
});

describe('a beginning that is not what it should be', () => {
  const expectTypedBegin = async (fault: Fault, skip: number): Promise<void> => {
    const { server, connecting } = dial({
      prepare: (fake) => fake.inject({ skip, fault }),
    });
    const logOn = async (): Promise<void> => {
      const connection = await connecting;
      const session = await connection.authenticate({ username: 'alice', password: 'secret' });
      await session.connectTree('data');
    };
    await expectTypedEnd(server, logOn());
  };

  it('may have a bit turned over anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(2), fc.nat(8192), (skip, bit) =>
        expectTypedBegin(
          onWire((frame) => [flip(bit)(frame)]),
          skip,
        ),
      ),
      { numRuns: 500 },
    );
  });

  it('may have wild numbers in its body', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(2), fc.nat(300), anyWord, (skip, at, value) =>
        expectTypedBegin(editBody(word(at, value)), skip),
      ),
      { numRuns: 500 },
    );
  });

  it('may end anywhere', async () => {
    for (let skip = 0; skip < 3; skip += 1) {
      for (let length = 0; length < 300; length += 2) {
        await expectTypedBegin(
          editBody((body) => body.subarray(0, length)),
          skip,
        );
      }
    }
  });
});

/** Makes a directory cache; and does the same as most programs do it: one request, and one directory, at a time. */
import { createRuntime } from '../../src/app/index.ts';
import { DIRECTORY_HANDLE, openHandle } from '../../src/smb/client/opens.ts';
import type { TreeContext } from '../../src/smb/client/contexts.ts';
import { connect } from '../../src/smb/index.ts';
import { Status } from '../../src/smb/status.ts';
import { encodeCloseRequest } from '../../src/smb/wire/close.ts';
import { decodeDirectoryEntries, InfoClass } from '../../src/smb/wire/directory-entry.ts';
import { Command } from '../../src/smb/wire/header.ts';
import { decodeOutputBufferResponse } from '../../src/smb/wire/output-buffer.ts';
import { encodeQueryDirectoryRequest } from '../../src/smb/wire/query-directory.ts';
import { answerCalls } from './answer-calls.ts';

export interface CacheScanStart {
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly path: string;
}

const PAGE_BYTES = 65_536;
const DIRECTORY = 0x10;

/** Scans with a cache; gives the directories found. `atOnce`: how many are in flight. */
async function cache({
  port,
  username,
  password,
  path,
  atOnce,
}: CacheScanStart & { readonly atOnce?: number }): Promise<number> {
  const runtime = createRuntime();
  try {
    const logon = { username, password };
    const target = { type: 'smb', host: '127.0.0.1', port, share: 'data', logon } as const;
    const found = await runtime.cache(
      { target, path },
      // Handles on single directories are opened after the scan, and not part of it.
      { watchBudget: 0, scanConcurrency: atOnce },
    );
    await found.ready();
    return found.info.directories;
  } finally {
    await runtime.stop();
  }
}

/** CREATE, QUERY_DIRECTORY to the end, CLOSE; then the next directory. */
async function oneByOne({ port, username, password, path }: CacheScanStart): Promise<number> {
  const connection = await connect({ host: '127.0.0.1', port });
  try {
    const session = await connection.authenticate({ username, password });
    const tree = await session.connectTree('data');
    const known = new Set<string>();
    const waiting = [path];
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      for (const name of await directoriesIn(tree, next)) {
        const below = `${next}/${name}`;
        known.add(below);
        waiting.push(below);
      }
    }
    return known.size;
  } finally {
    await connection.close();
  }
}

async function directoriesIn(tree: TreeContext, path: string): Promise<string[]> {
  const names: string[] = [];
  const { fileId } = await openHandle(tree, path, DIRECTORY_HANDLE);
  for (;;) {
    const body = encodeQueryDirectoryRequest({
      ...{ infoClass: InfoClass.ID_BOTH, flags: 0, fileIndex: 0, fileId, pattern: '*' },
      outputBufferLength: PAGE_BYTES,
    });
    const request = { command: Command.QUERY_DIRECTORY, payloadBytes: PAGE_BYTES, body };
    const [answer] = await tree.exchange([request]);
    if (answer?.status !== Status.SUCCESS) break;
    const entries = decodeDirectoryEntries(
      decodeOutputBufferResponse(answer.bytes),
      InfoClass.ID_BOTH,
    );
    for (const { name, attributes } of entries) {
      if ((attributes & DIRECTORY) !== 0 && name !== '.' && name !== '..') names.push(name);
    }
  }
  await tree.exchange([{ command: Command.CLOSE, body: encodeCloseRequest({ fileId, flags: 0 }) }]);
  return names;
}

const calls = { cache, oneByOne };
export type CacheScanCalls = typeof calls;
answerCalls(calls);

/**
 * Walks a tree with v9u-smb2, eight directories in flight.
 *
 * Arguments: the folder it is installed in, port, user, password, path. Prints a line of JSON.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';

interface Entry {
  readonly name: string;
  isDirectory(): boolean;
}

interface Client {
  readdir(path: string, options: { stats: true }): Promise<Entry[]>;
  disconnect(): void;
}

type ClientClass = new (options: {
  share: string;
  port: number;
  domain: string;
  username: string;
  password: string;
  autoCloseTimeout: number;
}) => Client;

const IN_FLIGHT = 8;

const [folder = '', port = '', username = '', password = '', root = ''] = process.argv.slice(2);
const require = createRequire(join(folder, 'package.json'));
const SMB2 = require('v9u-smb2') as ClientClass;
const share = String.raw`\\127.0.0.1\data`;
const client = new SMB2({
  share,
  port: Number(port),
  domain: 'LAB',
  username,
  password,
  autoCloseTimeout: 0,
});

const waiting = [root];
let active = 0;
let entries = 0;
let wake: (() => void) | undefined;

async function list(path: string): Promise<void> {
  active += 1;
  for (const entry of await client.readdir(path, { stats: true })) {
    entries += 1;
    if (entry.isDirectory()) waiting.push(`${path}\\${entry.name}`);
  }
  active -= 1;
  wake?.();
}

// The root by itself first: its time holds the logon, which is not part of what is compared.
await client.readdir(root, { stats: true });
const startedAt = performance.now();
while (waiting.length > 0 || active > 0) {
  while (waiting.length > 0 && active < IN_FLIGHT) {
    list(waiting.pop()!).catch((error: unknown) => {
      console.error(error);
      process.exit(1);
    });
  }
  await new Promise<void>((resolve) => {
    wake = resolve;
  });
}
const seconds = (performance.now() - startedAt) / 1000;
console.log(JSON.stringify({ entries, seconds }));
client.disconnect();
process.exit(0);

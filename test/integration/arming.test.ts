import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { connect } from '../../src/smb/index.ts';
import { startSamba } from '../servers/samba.ts';

const WATCHES = 100;
const ROUNDS = 3;

describe('an armed watch', () => {
  it('misses nothing that happens on the disk of the server from that moment on', async () => {
    const samba = await startSamba({ variant: 'default' });
    const connection = await connect({ host: '127.0.0.1', port: samba.port });
    try {
      const credentials = { username: 'alice', password: samba.users['alice']! };
      const session = await connection.authenticate(credentials);
      const tree = await session.connectTree('data');
      for (let round = 0; round < ROUNDS; round += 1) {
        const names = Array.from({ length: WATCHES }, (_, index) => `r${round}-${index}`);
        for (const name of names) mkdirSync(path.join(samba.share, name));
        const watches = names.map((name) => tree.watch(name));
        await Promise.all(watches.map((watch) => watch.armed));
        for (const name of names) writeFileSync(path.join(samba.share, name, 'file'), '');
        // A change that was missed would be waited for until the test runs out of time.
        const events = watches.map((watch) => watch[Symbol.asyncIterator]().next());
        for (const { value } of await Promise.all(events)) {
          expect(value).toMatchObject({ changes: [{ action: 'added', path: 'file' }] });
        }
        await Promise.all(watches.map((watch) => watch.close()));
      }
    } finally {
      await connection.close();
      await samba.stop();
    }
  });
});

import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { startSamba } from '../servers/samba.ts';
import type { SambaServer, SambaVariant } from '../servers/samba.ts';
import { openShare } from './open-share.ts';
import type { OpenShare } from './open-share.ts';

/** A server and a connection to its share; there while the tests of one `describe` run. */
export class ServedShare {
  samba!: SambaServer;
  share!: OpenShare;

  /** Where a path of the share lies on the disk of the server. */
  at(path: string): string {
    return join(this.samba.share, path);
  }
}

/** Starts and stops a server around all tests of the `describe` that this is called in. */
export function serveShare(variant: SambaVariant): ServedShare {
  const served = new ServedShare();
  beforeAll(async () => {
    served.samba = await startSamba({ variant });
    served.share = await openShare(served.samba);
  });
  afterAll(async () => {
    await served.share.connection.close();
    await served.samba.stop();
  });
  return served;
}

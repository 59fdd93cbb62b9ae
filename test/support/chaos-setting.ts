import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { startSamba } from '../servers/samba.ts';
import type { SambaOptions, SambaServer } from '../servers/samba.ts';
import { madeDirectory } from './chaos-files.ts';
import { IndependentSession } from './chaos-listing.ts';
import { ChaosStages } from './chaos-stage.ts';

/** A server, and a session with it beside what is tested. */
export interface ChaosServer extends AsyncDisposable {
  readonly samba: SambaServer;
  readonly session: IndependentSession;
}

/** Starts a server; the session, then the server end with the block. */
export async function startChaosServer(options: SambaOptions = {}): Promise<ChaosServer> {
  const samba = await startSamba(options);
  const session = new IndependentSession(samba);
  const dispose = async (): Promise<void> => {
    await session[Symbol.asyncDispose]();
    await samba.stop();
  };
  return { samba, session, [Symbol.asyncDispose]: dispose };
}

/** What the tests of one `describe` share; there while they run. */
export class ChaosSetting {
  samba!: SambaServer;
  session!: IndependentSession;
  /** Runtimes; those of a test end with it. */
  readonly stages = new ChaosStages();
}

/** The same, with a directory of its own for each test, which every account may write to. */
export class ChaosDirectories extends ChaosSetting {
  /** Which test it is, from 1. */
  count = 0;
  /** Its directory in the share, and on the disk of the server. */
  name!: string;
  dir!: string;
}

/** One server around all tests of the `describe` that this is called in. */
export function setUpChaos(options: SambaOptions = {}): ChaosSetting {
  return around(new ChaosSetting(), options);
}

/** The same, and a fresh directory before each test. */
export function setUpChaosDirectories(
  nameOf = (count: number): string => `dir-${count}`,
  options: SambaOptions = {},
): ChaosDirectories {
  const setting = around(new ChaosDirectories(), options);
  beforeEach(() => {
    setting.count += 1;
    setting.name = nameOf(setting.count);
    setting.dir = madeDirectory(join(setting.samba.share, setting.name));
  });
  return setting;
}

function around<T extends ChaosSetting>(setting: T, options: SambaOptions): T {
  let server: ChaosServer;
  beforeAll(async () => {
    server = await startChaosServer(options);
    setting.samba = server.samba;
    setting.session = server.session;
  });
  afterAll(() => server[Symbol.asyncDispose]());
  afterEach(() => setting.stages.stop());
  return setting;
}

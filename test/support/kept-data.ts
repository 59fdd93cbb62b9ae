import { systemClock } from '../../src/app/index.ts';
import type { Caller, Services } from '../../src/app/index.ts';
import { SILENT } from '../../src/actors/logger.ts';
import { openServices } from '../../src/app/server/open-services.ts';
import { FakeRuntime } from './fake-runtime.ts';
import { freshDataDir } from './test-database.ts';

export const ADMIN_PASSWORD = 'canary of the admin';
export const SHARE_PASSWORD = 'canary of the share';

/** A data folder of a server that was used. */
export interface KeptData {
  readonly dataDir: string;
  readonly connectionId: string;
  /** Of the account `admin`. */
  readonly login: string;
  readonly token: string;
}

const ORIGIN = { address: '127.0.0.1' };

/** Makes one: the account `admin`, a login and a token of it, a connection with a password. */
export async function keepData(): Promise<KeptData> {
  const dataDir = await freshDataDir();
  const env = { TIDEWATCH_ADMIN_PASSWORD: ADMIN_PASSWORD };
  return await withServices(dataDir, env, async ({ accounts, connections }) => {
    const { token: login } = await accounts.login('admin', ADMIN_PASSWORD, ORIGIN);
    const caller = (await accounts.authenticate(login)) as Caller;
    const { token } = await accounts.createToken(caller, { name: 'program' });
    const { id } = await connections.create(caller, {
      ...{ name: 'nas', type: 'smb', host: 'nas', share_name: 'data' },
      ...{ username: 'svc', password: SHARE_PASSWORD },
    });
    return { dataDir, connectionId: id, login, token };
  });
}

/** Looks at what is kept, as a server would that is started on it. */
export async function withServices<T>(
  dataDir: string,
  env: Readonly<Record<string, string>>,
  look: (services: Services, runtime: FakeRuntime) => Promise<T>,
): Promise<T> {
  const runtime = new FakeRuntime();
  const opened = await openServices({ runtime, dataDir, env, logger: SILENT, clock: systemClock });
  try {
    return await look(opened.services, runtime);
  } finally {
    await opened.close();
  }
}

/** Of what `keepData` made, what is there and works. */
export async function whatWorks(
  { connectionId, login, token }: KeptData,
  dataDir: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, unknown>>> {
  return await withServices(dataDir, env, async ({ accounts, connections }, runtime) => {
    const signedIn = await accounts.login('admin', ADMIN_PASSWORD, ORIGIN);
    const caller = (await accounts.authenticate(signedIn.token)) as Caller;
    const { name } = await connections.get(caller, connectionId);
    return {
      account: signedIn.user.username,
      login: (await accounts.authenticate(login)) !== undefined,
      token: (await accounts.authenticate(token)) !== undefined,
      connection: name,
      // Opened with the secret key.
      target: runtime.put.find(({ id }) => id === connectionId)?.target,
    };
  });
}

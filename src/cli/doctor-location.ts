import { lookup } from 'node:dns/promises';
import { connect as connectTcp } from 'node:net';
import { DEFAULTS } from '../defaults.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { Diagnostics, SmbConnection } from '../smb/index.ts';
import type { DoctorReport } from './doctor-report.ts';
import type { SmbLocation } from '../app/location.ts';
import type { Logon } from './logon.ts';
import { connectServer } from './share.ts';

const UNPROTECTED =
  'Use a named account if you can: such a session is neither signed nor encrypted.';

/** What a stage learned, for people and for scripts. */
interface Found {
  readonly message: string;
  /** Given when it works but should be mended. */
  readonly remedy?: string;
  readonly [detail: string]: unknown;
}

/**
 * Tries a location stage by stage: dns, tcp, negotiate, auth, tree, open, notify. Each is reported with
 * its time; the first that fails ends it.
 */
export async function checkLocation(
  location: SmbLocation,
  logon: Logon,
  report: DoctorReport,
  signal: AbortSignal,
): Promise<void> {
  let connection: SmbConnection | undefined;
  const onAbort = (): void => void connection?.close();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const address = await stage(report, 'dns', () => resolveHost(location.host));
    if (address === undefined) return;
    if ((await stage(report, 'tcp', () => reach(address.address, location.port))) === undefined) {
      return;
    }
    const negotiated = await stage(report, 'negotiate', async () => {
      const made = await connectServer(location, logon, signal);
      return { connection: made, ...describeNegotiated(made.diagnostics()) };
    });
    connection = negotiated?.connection;
    if (connection !== undefined) await checkShare(connection, location, logon, report, signal);
  } finally {
    signal.removeEventListener('abort', onAbort);
    await connection?.close();
  }
}

async function checkShare(
  connection: SmbConnection,
  location: SmbLocation,
  logon: Logon,
  report: DoctorReport,
  signal: AbortSignal,
): Promise<void> {
  const credentials = await logon.credentials(location);
  const auth = await stage(report, 'auth', async () => {
    const session = await connection.authenticate(credentials);
    const who = session.isGuest ? 'a guest' : session.isAnonymous ? 'nobody' : location.username;
    const { serverKind } = connection.diagnostics();
    return {
      session,
      message: `logged on as ${who ?? ''}`,
      server_kind: serverKind,
      ...(session.isGuest || session.isAnonymous ? { remedy: UNPROTECTED } : {}),
    };
  });
  if (auth === undefined) return;
  const connected = await stage(report, 'tree', async () => {
    const tree = await auth.session.connectTree(location.share, { signal });
    return { tree, message: `share ${location.share}` };
  });
  if (connected === undefined) return;
  const { tree } = connected;
  const opened = await stage(report, 'open', async () => {
    const { kind } = await tree.stat(location.path, { signal });
    return {
      kind,
      message: `${location.path === '' ? 'the share itself' : location.path}: ${kind}`,
    };
  });
  if (opened?.kind !== 'directory') return;
  await stage(report, 'notify', async () => {
    const watching = tree.watch(location.path, { signal });
    await watching.armed;
    await watching.close();
    return { message: 'the server reports changes' };
  });
}

/** Runs one stage and reports it; undefined when it failed. */
async function stage<T extends Found>(
  report: DoctorReport,
  check: string,
  run: () => Promise<T>,
): Promise<T | undefined> {
  const start = performance.now();
  const ms = (): number => Math.round((performance.now() - start) * 100) / 100;
  try {
    const found = await run();
    const { message, remedy } = found;
    const status = remedy === undefined ? 'ok' : 'warn';
    await report.add({ check, status, message, ms: ms(), ...plainFacts(found) });
    return found;
  } catch (error) {
    if (!(error instanceof TidewatchError)) throw error;
    const { code, message, remedy } = error;
    await report.add({ check, status: 'fail', ms: ms(), message, remedy, code });
    return undefined;
  }
}

/** What can be printed: texts and numbers, without the objects that later stages need. */
function plainFacts(found: Found): Record<string, unknown> {
  return Object.fromEntries(Object.entries(found).filter(([, value]) => typeof value !== 'object'));
}

async function resolveHost(host: string): Promise<Found & { address: string }> {
  try {
    const [first, ...more] = await lookup(host, { all: true });
    if (first === undefined) throw new Error('it has no address');
    const others = more.length === 0 ? '' : ` and ${more.length} more`;
    return { address: first.address, message: `${host} is ${first.address}${others}` };
  } catch (error) {
    const message = `${host} has no address: ${(error as Error).message}`;
    throw new TidewatchError('unreachable', message, { cause: error });
  }
}

function reach(address: string, port: number): Promise<Found> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp(port, address);
    const fail = (why: string): void => {
      socket.destroy();
      reject(new TidewatchError('unreachable', `${address} port ${port}: ${why}`));
    };
    socket.setTimeout(DEFAULTS.doctorStageMs, () => fail('no answer'));
    socket.once('error', (error) => fail(error.message));
    socket.once('connect', () => {
      socket.destroy();
      resolve({ message: `port ${port} answers` });
    });
  });
}

function describeNegotiated(diagnostics: Diagnostics): Found {
  const { dialect, signing, signingRequired, cipher } = diagnostics;
  const required = signingRequired ? ', required by the server' : '';
  return {
    message: `SMB ${dialect}, signing ${signing}${required}, cipher ${cipher ?? 'none'}`,
    dialect,
    signing,
    signing_required: signingRequired,
    cipher: cipher ?? 'none',
  };
}

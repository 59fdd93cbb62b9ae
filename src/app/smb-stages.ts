import { randomBytes } from 'node:crypto';
import { DEFAULTS } from '../defaults.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import type { Diagnostics, EntryKind, SmbTree, WatchListener } from '../smb/index.ts';
import { SmbLink, systemNetwork } from '../storage/smb/smb-link.ts';
import type { SmbNetwork } from '../storage/smb/smb-link.ts';
import type { SmbTarget } from '../storage/target.ts';
import type { ConnectionStage, ConnectionTest } from './service-face.ts';
import { Stages } from './stages.ts';
import type { Found } from './stages.ts';

const UNPROTECTED =
  'Use a named account if you can: such a session is neither signed nor encrypted.';

export interface SmbStagesOptions {
  readonly target: SmbTarget;
  /** Below the root of the share, `/` between names. */
  readonly path: string;
  readonly network?: SmbNetwork;
  readonly signal: AbortSignal;
  /** Called with each stage as it is done. */
  readonly onStage?: (stage: ConnectionStage, facts: Facts) => Promise<void> | void;
}

/** What is learned on the way. */
export type Facts = Omit<ConnectionTest, 'ok' | 'stages'> & { readonly signing_required?: boolean };

/**
 * Connects to a share the way a watch does, stage by stage. That it notifies is tried with a file that is
 * made and removed at once, where the account may write.
 */
export async function testSmb(options: SmbStagesOptions): Promise<ConnectionTest> {
  const { target, path, network = systemNetwork, signal, onStage } = options;
  let facts: Facts = {};
  const stages = new Stages(signal, (stage) => onStage?.(stage, facts));
  const link = new SmbLink({
    ...{ target, network, connectTimeoutMs: DEFAULTS.connectionStageMs },
    onRenewal: () => undefined,
  });
  try {
    await stages.run('dns', async (until) => {
      await link.resolve(until);
      return { message: `${target.host} is ${link.address ?? ''}` };
    });
    await stages.run('tcp', async (until) => {
      await link.dial(until);
      return { message: `port ${target.port} answers` };
    });
    await stages.run('negotiate', async (until) => {
      await link.negotiate(until);
      const { message, ...negotiated } = describeNegotiated(link.connection!.diagnostics());
      facts = { ...facts, ...negotiated };
      return { message };
    });
    await stages.run('auth', async () => {
      await link.authenticate();
      const { isAnonymous, isGuest } = link.session!;
      facts = { ...facts, ...describeServer(link.connection!.diagnostics()) };
      const who = isGuest ? 'a guest' : isAnonymous ? 'nobody' : (target.logon.username ?? '');
      const unprotected = isGuest || isAnonymous ? { remedy: UNPROTECTED } : {};
      return { message: `logged on as ${who}`, ...unprotected };
    });
    const connected = await stages.run('tree', async () => {
      const { tree } = await link.leaseTree(target.share);
      return { tree, message: `share ${target.share}` };
    });
    const opened = await stages.run('open', (until) => look(connected!.tree, path, until));
    await stages.run('notify', (until) =>
      opened?.kind === 'directory' ? hearOfProbe(connected!.tree, path, until) : NO_DIRECTORY,
    );
    return { ok: stages.ok, stages: stages.done, ...facts };
  } finally {
    await link.close();
  }
}

function describeNegotiated(diagnostics: Diagnostics): Found & Facts {
  const { dialect, signing, signingRequired, cipher = 'none' } = diagnostics;
  const required = signingRequired ? ', required by the server' : '';
  return {
    message: `SMB ${dialect}, signing ${signing}${required}, cipher ${cipher}`,
    ...{ dialect, signing, signing_required: signingRequired, cipher },
  };
}

function describeServer(diagnostics: Diagnostics): Facts {
  const { serverKind, maxReadBytes, maxWriteBytes, maxTransactBytes, credits } = diagnostics;
  return {
    server_kind: serverKind,
    limits: {
      max_read_bytes: maxReadBytes,
      max_write_bytes: maxWriteBytes,
      max_transact_bytes: maxTransactBytes,
      credits: credits.total,
    },
  };
}

async function look(
  tree: SmbTree,
  path: string,
  signal: AbortSignal,
): Promise<Found & { kind: EntryKind }> {
  const { kind } = await tree.stat(path, { signal });
  return { kind, message: `${path === '' ? 'the share itself' : path}: ${kind}` };
}

const NO_DIRECTORY = Promise.resolve({ message: 'only directories are watched', unverified: true });

async function hearOfProbe(tree: SmbTree, path: string, signal: AbortSignal): Promise<Found> {
  const name = `.tidewatch-probe-${randomBytes(6).toString('hex')}`;
  const probe = path === '' ? name : `${path}/${name}`;
  const { promise: heard, resolve: hear } = Promise.withResolvers<void>();
  const listener: WatchListener = {
    event: (event) => {
      const isTold = event.type === 'changes' && event.changes.some((one) => one.path === name);
      if (isTold) hear();
    },
    ended: () => undefined,
  };
  const watch = tree.watch(path, { listener, signal });
  let isMade = false;
  // Also where making it failed midway, or nobody waits any more.
  let mayBeThere = false;
  try {
    await watch.armed;
    mayBeThere = true;
    await tree.writeFile(probe, new Uint8Array(), { overwrite: false, signal });
    isMade = true;
    await withinTime(heard);
    return { message: 'a file that was made was heard of' };
  } catch (error) {
    if (!(error instanceof TidewatchError) || isMade) throw error;
    if (error.code === 'notify_unsupported') {
      return { message: 'the server reports no changes: it is polled', remedy: error.remedy };
    }
    if (!READ_ONLY.has(error.code)) throw error;
    return { message: 'it is watched; nothing could be written to hear of', unverified: true };
  } finally {
    await watch.close();
    // Not there, or out of reach with the connection: nobody could do more.
    if (mayBeThere) await tree.remove(probe).catch(() => undefined);
  }
}

const READ_ONLY: ReadonlySet<string> = new Set(['access_denied', 'disk_full']);

async function withinTime(heard: Promise<void>): Promise<void> {
  const patience = AbortSignal.timeout(DEFAULTS.notifyProbeMs);
  const tooLate = new Promise<never>((_resolve, reject) => {
    patience.addEventListener('abort', () => {
      const message = 'the server accepted a watch, and told nothing of a file that was made';
      reject(new TidewatchError('notify_unsupported', message));
    });
  });
  await Promise.race([heard, tooLate]);
}

import { connect } from 'node:net';
import { DEFAULTS } from '../defaults.ts';
import { TidewatchError } from '../errors/tidewatch-error.ts';
import { refusalOf } from '../storage/address-policy.ts';
import { SYSTEM_NETWORK } from '../storage/s3/guarded-agents.ts';
import type { S3Network } from '../storage/s3/guarded-agents.ts';
import { endpointOf } from '../storage/s3/s3-endpoint.ts';
import { openS3Storage } from '../storage/s3/s3-storage.ts';
import type { S3Storage } from '../storage/s3/s3-storage.ts';
import type { S3Target } from '../storage/target.ts';
import type { ConnectionStage, ConnectionTest } from './service-face.ts';
import { Stages } from './stages.ts';
import type { Found } from './stages.ts';

export interface S3StagesOptions {
  readonly target: S3Target;
  /** Below the bucket, `/` between names. */
  readonly path: string;
  readonly network?: S3Network;
  readonly signal: AbortSignal;
  /** Called with each stage as it is done. */
  readonly onStage?: (stage: ConnectionStage) => Promise<void> | void;
}

const NOBODY =
  'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the keys of the connection, to log on.';
/** What is wrong with the bucket rather than with who asks for it. */
const OF_THE_BUCKET: ReadonlySet<string> = new Set(['not_found', 'access_denied']);

/** Tries a bucket stage by stage; all that is asked of it is a listing. */
export async function testS3(options: S3StagesOptions): Promise<ConnectionTest> {
  const { target, path, network = SYSTEM_NETWORK, signal, onStage } = options;
  const stages = new Stages(signal, (stage) => onStage?.(stage));
  const opened: { storage?: S3Storage } = {};
  let obstacle: TidewatchError | undefined;
  try {
    const found = await stages.run('dns', async () => {
      const { host, port } = addressOf(target);
      opened.storage = openS3Storage({ target, network });
      const address = await resolve(host, target, network);
      return { address, port, message: `${host} is ${address}` };
    });
    await stages.run('tcp', async (until) => {
      await reach(found!.address, found!.port, until);
      return { message: `port ${found!.port} answers` };
    });
    await stages.run('auth', async (until) => {
      try {
        await opened.storage!.stat('', { signal: until });
      } catch (error) {
        if (!(error instanceof TidewatchError) || !OF_THE_BUCKET.has(error.code)) throw error;
        obstacle = error;
      }
      return target.accessKey === undefined
        ? { message: 'asked as nobody', remedy: NOBODY }
        : { message: 'the keys are taken' };
    });
    await stages.run('tree', () => {
      if (obstacle !== undefined) return Promise.reject(obstacle);
      return Promise.resolve({ message: `bucket ${target.bucket}` });
    });
    await stages.run('open', (until) => look(opened.storage!, path, until));
    await stages.run('notify', () => Promise.resolve(POLLED));
    return { ok: stages.ok, stages: stages.done };
  } finally {
    opened.storage?.close();
  }
}

const POLLED: Found = {
  message: 'S3 reports no changes: it is polled',
  remedy: 'Nothing to mend: what changes is found by listing, some seconds later.',
};

/** The server that is asked: that of AWS where no other is named, and where it does not hold the bucket. */
function addressOf(target: S3Target): { host: string; port: number } {
  const { region = 'us-east-1' } = target;
  const url = new URL(endpointOf(target) ?? `https://s3.${region}.amazonaws.com`);
  const usual = url.protocol === 'http:' ? 80 : 443;
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { host, port: url.port === '' ? usual : Number(url.port) };
}

function resolve(host: string, target: S3Target, network: S3Network): Promise<string> {
  return new Promise((found, fail) => {
    network.lookup(host, (cause, addresses) => {
      const [first] = addresses ?? [];
      if (cause !== null || first === undefined) {
        fail(new TidewatchError('unreachable', `There is no address of ${host}`, { cause }));
        return;
      }
      const { addresses: policy } = target;
      const refusal =
        policy === undefined ? undefined : refusalOf(first.address, policy, network.ownAddresses());
      if (refusal === undefined) found(first.address);
      else fail(refusal);
    });
  });
}

function reach(address: string, port: number, signal: AbortSignal): Promise<void> {
  return new Promise((done, fail) => {
    const socket = connect({ host: address, port, signal });
    const end = (why: string): void => {
      socket.destroy();
      fail(new TidewatchError('unreachable', `${address} port ${port}: ${why}`));
    };
    socket.setTimeout(DEFAULTS.s3ConnectMs, () => end('no answer'));
    socket.once('error', (error) => end(error.message));
    socket.once('connect', () => {
      socket.destroy();
      done();
    });
  });
}

async function look(storage: S3Storage, path: string, signal: AbortSignal): Promise<Found> {
  const { kind } = await storage.stat(path, { signal });
  return { message: `${path === '' ? 'the bucket itself' : path}: ${kind}` };
}

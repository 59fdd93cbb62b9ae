import { createRuntime } from '../../src/app/runtime.ts';
import { SmbError } from '../../src/smb/smb-error.ts';
import type { TcpOptions, Transport } from '../../src/smb/index.ts';
import type { SmbLogon } from '../../src/storage/target.ts';
import type { Limits } from '../../src/actors/limits.ts';
import type { Runtime } from '../../src/app/runtime-face.ts';
import type { Prng } from './prng.ts';
import type { ClientMaker, Protection } from './simulated-client.ts';
import type { World } from './world.ts';

/** The runtime itself, on simulated time, chance and network. */
export const runtimeClient: ClientMaker = (world, options) => simulatedRuntime(world, options);

/** The same with all its sides, and limits of one's own. */
export function simulatedRuntime(
  world: World,
  options: {
    readonly prng: Prng;
    readonly protection: Protection;
    readonly limits?: Partial<Limits>;
  },
): Runtime {
  const { prng, protection, limits = {} } = options;
  const clock = world.clock.for('client');
  const bytes = prng.split('bytes');
  let epochs = 0;
  const runtime = createRuntime({
    clock,
    limits,
    random: prng.split('random').next,
    network: {
      clock,
      random: (length) => bytes.bytes(length),
      resolve: () => Promise.resolve('192.0.2.1'),
      dial: (how) => dialWithin(world, how),
    },
    newEpoch: () => {
      epochs += 1;
      return `epoch ${epochs}`;
    },
  });
  runtime.connections.add({
    name: 'sim',
    target: { type: 'smb', host: 'sim', port: 445, share: 'data', logon: logonFor(protection) },
    pathPrefix: '',
  });
  return runtime;
}

function logonFor(protection: Protection): SmbLogon {
  if (protection === 'none') return { anonymous: true };
  return { username: 'alice', password: 'secret' };
}

/** As TCP does it: gives up after the time it is given. */
async function dialWithin(
  world: World,
  { timeoutMs, signal }: Pick<TcpOptions, 'timeoutMs' | 'signal'>,
): Promise<Transport> {
  const clock = world.clock.for('client');
  const giveUp = new AbortController();
  let isLate = false;
  const timer = clock.setTimeout(() => {
    isLate = true;
    giveUp.abort();
  }, timeoutMs);
  const onAbort = (): void => giveUp.abort();
  if (signal?.aborted === true) giveUp.abort();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await world.host.dial(giveUp.signal);
  } catch (error) {
    if (isLate) throw new SmbError('timeout', `No connection within ${timeoutMs} ms`);
    throw error;
  } finally {
    clock.clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}
